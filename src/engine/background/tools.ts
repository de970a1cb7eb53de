import type { AggregateRuntime } from '../aggregate-runtime.ts';
import type { Generations } from '../generations/generations.ts';
import type { Log, Runtime } from '../runtime.ts';
import type { Store } from '../store.ts';
import type { Submitter } from '../submit.ts';
import type { BackgroundLimits } from './limits.ts';
import type { Pace } from './pace.ts';
import type { Pauses } from './pauses.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import type { Turnstile } from './turnstile.ts';

/** What the background work of a node works with. */
export interface BackgroundTools {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: BackgroundLimits;
  readonly submitter: Submitter;
  /** By command. */
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
  /** What the partitions of the node go through, one cycle at a time. */
  readonly turnstile: Turnstile;
  readonly policies: readonly PolicyRuntime[];
  /** Which of these are paused. */
  readonly pauses: Pauses;
  /** The read models. */
  readonly generations: Generations;
  /** What those who are behind go through, one page at a time. */
  readonly backfills: Turnstile;
  /** What the indexes of actors go through, one page at a time. */
  readonly indexing: Turnstile;
  /** How fast these go on where they are far behind. */
  readonly pace: Pace;
  /** The types of the app's actors. */
  readonly types: readonly string[];
}
