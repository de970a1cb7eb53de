import { createHash } from 'node:crypto';
import type { Log, Runtime } from '../../src/engine/runtime.ts';

/** A runtime that repeats itself: time stands still unless set, and waits are what `sleep`
 * says, over at once unless given. */
export function createTestRuntime(
  seed = 1,
  sleep: () => Promise<void> = () => Promise.resolve(),
): Runtime & { setNow(ms: number): void } {
  let counter = 0;
  let now = Date.parse('2026-01-01T00:00:00.000Z');
  const next = () => (++counter + seed * 1_000_000).toString(16).padStart(12, '0');
  return {
    now: () => now,
    monotonic: () => now,
    busyMs: () => 0,
    uuid: () => `00000000-0000-4000-8000-${next()}`,
    token: () => `token${next().slice(1)}`,
    random: () => 0.5,
    // A wait that can be aborted is a loop's pause: it lasts until the abort.
    sleep: (_ms, signal) => (signal ? aborted(signal) : sleep()),
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
    setNow: (ms) => {
      now = ms;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

/** A log that keeps what was said. */
export function createTestLog(): Log & Readonly<Record<'errors' | 'warnings', Said[]>> {
  const errors: Said[] = [];
  const warnings: Said[] = [];
  return {
    errors,
    warnings,
    error: (fields, message) => void errors.push({ fields, message }),
    warn: (fields, message) => void warnings.push({ fields, message }),
  };
}

interface Said {
  readonly fields: object;
  readonly message: string;
}
