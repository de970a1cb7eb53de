import type { Method } from '../../support/faulty-store.ts';

/** What becomes of one call that a node makes to the store. */
export type Fate =
  | 'answered'
  /** The connection is refused: it has no effect, which is known. */
  | 'refused'
  /** It never gets there, and after a while nobody waits for it any more. */
  | 'request lost'
  /** It gets there when nobody waits for it any more. */
  | 'request late'
  /** It takes effect, and nobody learns of it. */
  | 'reply lost'
  /** It takes effect, and the answer takes long. */
  | 'reply late'
  /** It gets there twice; the answer is that to the second. */
  | 'duplicate'
  /** The same, and the second time is when everybody has gone on. */
  | 'late duplicate'
  /** Another writer comes first. */
  | 'conflict'
  /** The node dies, and the call never gets there. */
  | 'death before'
  /** The call takes effect, and the node dies before it learns of that. */
  | 'death after'
  /** The node stands still for seconds, and goes on with the call. */
  | 'stall before'
  /** The node stands still for seconds while the call takes effect. */
  | 'stall after';

/** What happens to a node, or to the store, between two calls. */
export type Mishap =
  /** The node's clock is set. */
  | 'clock set'
  /** A partition's lease is taken by somebody else. */
  | 'lease stolen'
  /** Wake-ups of a node get lost for a while. */
  | 'wake-ups lost'
  /** The node ends in good order, and another begins. */
  | 'handover'
  /** An operator has a read model made anew. */
  | 'rebuild';

/** Decides what goes wrong. */
export interface Faults {
  /** Asked at every call to the store. */
  fateOf(method: Method, args: readonly unknown[]): Fate;
}

export const NO_FAULTS: Faults = { fateOf: () => 'answered' };
