import { LIVE_BEAT_MS } from '../protocol.ts';

/** Every bound of the live stream, with its unit. */
export interface LiveLimits {
  /** Between two frames at least, in milliseconds. */
  readonly frameMs: number;
  /** Actors told of in one frame: the busiest. */
  readonly frameActorsMax: number;
  /** Viewers that one node serves at once. */
  readonly viewersMax: number;
  /** Between two signs of life while nothing happens, in milliseconds. */
  readonly beatMs: number;
  /** Records that one who comes again is told of; more are counted, and left out. */
  readonly resumeRecordsMax: number;
}

export const LIVE_LIMITS: LiveLimits = {
  frameMs: 100,
  frameActorsMax: 200,
  viewersMax: 100,
  beatMs: LIVE_BEAT_MS,
  resumeRecordsMax: 5_000,
};
