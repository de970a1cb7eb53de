/**
 * Clock, scheduling and randomness reach the engine through this port alone, so that a
 * simulation can run several nodes in one process and repeat a run from its seed.
 */
export interface Runtime {
  /** Milliseconds since 1970, UTC. May jump. */
  now(): number;
  /** Milliseconds that never go back, from an arbitrary start; for deadlines. */
  monotonic(): number;
  /** A random id: a UUID. */
  uuid(): string;
  /** 16 random URL-safe characters: turn ids, claim tokens. */
  token(): string;
  /** Uniform in [0, 1). */
  random(): number;
  /** Resolves after so many milliseconds. */
  sleep(ms: number): Promise<void>;
}
