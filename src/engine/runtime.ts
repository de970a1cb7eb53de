/**
 * Clock, scheduling and randomness reach the engine through this port alone, so that a
 * simulation can run several nodes in one process and repeat a run from its seed.
 */
export interface Runtime {
  /** Milliseconds since 1970, UTC. May jump. */
  now(): number;
  /** Milliseconds that never go back, from an arbitrary start; for deadlines. */
  monotonic(): number;
  /** For how many milliseconds the process was at work, of those that {@link monotonic} counts. */
  busyMs(): number;
  /** A random id: a UUID. */
  uuid(): string;
  /** 16 random URL-safe characters: turn ids, claim tokens. */
  token(): string;
  /** Uniform in [0, 1). */
  random(): number;
  /** Resolves after so many milliseconds, 24 days at most, or as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** SHA-256 of the text in UTF-8, URL-safe base64, 43 characters. */
  digest(text: string): string;
}

/** What the engine tells its operator. A pino logger is one. */
export interface Log {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
