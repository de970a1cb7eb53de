/** What a look at the store found for one subscriber. */
export interface Looked {
  /** The store's clock, in ms since 1970. */
  readonly now: number;
  /** The order of the first row of each of its `tables`; `null` where there is none. */
  readonly firsts: readonly (number | null)[];
}

/** One who passes a partition's feed: a policy or a projection, as the partition's work sees it. */
export interface PassesFeed {
  readonly name: string;
  /** The tables that a look is to tell of. */
  readonly tables: readonly string[];
  readonly checkpoint: number;
  /** Whether it works on something; what waits to be written is done with. */
  readonly isBusy: boolean;
  /** Whether something of it waits to be written. */
  readonly isWriting: boolean;
  /** Whether it makes up for history on its own, so that the others do not wait for it. */
  readonly isAside: boolean;
  start(): void;
  /** The window has grown. */
  feed(): void;
  look(looked: Looked): void;
  /** Somebody set its checkpoint in the store. */
  moveTo(checkpoint: number): void;
  /** Ends it. Does not reject. */
  stop(): Promise<void>;
}
