import type { RowWrite } from '../work-store.ts';
import type { DeadRow, PolicyMessage, QueueRow } from './rows.ts';

/** What comes to an instance. */
export type Arrival = MessageArrival | NoteArrival | WordArrival;

export interface MessageArrival {
  readonly instance: string;
  readonly message: PolicyMessage;
  /** What is written when it is taken, whatever comes of it: the row it came from is gone. */
  readonly consumes: readonly RowWrite[];
  /** Where it was tried before: its number in the instance's queue. */
  readonly queued?: { readonly number: number; readonly row: QueueRow };
}

/** A failed try of an effect, to be written down if its visit still lasts. */
export interface NoteArrival {
  readonly instance: string;
  readonly note: {
    readonly id: string;
    readonly visit: number;
    readonly incarnation: string;
    readonly rows: readonly RowWrite[];
  };
}

/** An operator's word about a dead letter. */
export interface WordArrival {
  readonly instance: string;
  readonly word: 'retry' | 'discard';
  /** The letter's key in `dead`. */
  readonly key: string;
  readonly letter: DeadRow;
  readonly consumes: readonly RowWrite[];
}
