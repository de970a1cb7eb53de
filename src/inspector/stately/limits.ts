/** Every bound of the inspection feed, with its unit. */
export interface StatelyLimits {
  /** Between two frames at least, in milliseconds. */
  readonly frameMs: number;
  /** Actors told of in one frame: the busiest. */
  readonly frameActorsMax: number;
  /** All that a frame tells, in bytes; an actor that needs more is left out. */
  readonly frameBytesMax: number;
  /** Of one actor, the last commands of a frame. */
  readonly actorStepsMax: number;
  /** Commands held between two frames, of all actors. */
  readonly heldStepsMax: number;
  /** Actors read at once. */
  readonly readsMax: number;
  /** Before a store is asked again that did not answer, in milliseconds. */
  readonly retryMs: number;
  /** Viewers that one node serves at once. */
  readonly viewersMax: number;
  /** Actors that a viewer is taken to remember; one that it has not is introduced anew. */
  readonly knownActorsMax: number;
  /** What may wait for a viewer's socket before frames are left out, in bytes. */
  readonly bufferedBytesMax: number;
  /** How long a viewer may be so far behind before it is sent away, in milliseconds. */
  readonly stalledMsMax: number;
  /** Between two signs of life that a viewer is asked for, in milliseconds. */
  readonly beatMs: number;
  /** How long a viewer has to answer a close before its connection is ended, in milliseconds. */
  readonly closeMsMax: number;
  /** A message from a viewer; none is wanted. In bytes. */
  readonly incomingBytesMax: number;
}

export const STATELY_LIMITS: StatelyLimits = {
  frameMs: 250,
  frameActorsMax: 20,
  frameBytesMax: 1024 * 1024,
  actorStepsMax: 10,
  heldStepsMax: 1_000,
  readsMax: 8,
  retryMs: 250,
  viewersMax: 20,
  knownActorsMax: 10_000,
  bufferedBytesMax: 256 * 1024,
  stalledMsMax: 10_000,
  beatMs: 15_000,
  closeMsMax: 1_000,
  incomingBytesMax: 1024,
};
