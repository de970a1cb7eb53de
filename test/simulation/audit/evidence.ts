import type { History } from '../workload/history.ts';
import type { Row } from './content.ts';

/** What a run left behind. */
export interface Evidence {
  readonly dump: ReadonlyMap<string, string>;
  /** When records were written, by their keys, in ms by the scheduler. */
  readonly writtenAt: ReadonlyMap<string, number>;
  readonly history: History;
  readonly partitions: number;
  /** Names of those who pass the feed. */
  readonly subscribers: readonly string[];
  /** Whether a row may be there when all is at rest. */
  readonly mayStay: (row: Pick<Row, 'table'>) => boolean;
}
