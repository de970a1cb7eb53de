import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS, RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN } from './limits.ts';
import type { Reply } from './server-link.ts';

/** Why there is no answer in the end. */
export type Unanswered =
  /** `stop` was raised. */
  | { readonly kind: 'interrupted' }
  /** The server stayed out of reach for longer than patience lasts, or refuses. */
  | { readonly kind: 'gave-up' | 'refused'; readonly why: string };

/** How a request ended that was made until it was answered. */
export type PatientReply<T> = { readonly kind: 'answered'; readonly value: T } | Unanswered;

/** What a patient request is told. */
export interface Patience {
  readonly stop: AbortSignal;
  /** Longest time without an answer, in milliseconds. */
  readonly patienceMs?: number;
  /** Called with why there is no answer yet, when that begins. */
  readonly onWaiting?: (why: string) => void;
}

/** Asks until there is an answer. `ask` must be safe to repeat. */
export async function askPatiently<T>(
  ask: () => Promise<Reply<T>>,
  { stop, patienceMs = PATIENCE_MS, onWaiting }: Patience,
): Promise<PatientReply<T>> {
  const startedAt = performance.now();
  let pauseMs = RETRY_PAUSE_MS_MIN;
  for (;;) {
    if (stop.aborted) return { kind: 'interrupted' };
    const reply = await ask();
    if (reply.kind === 'answered') return reply;
    if (reply.kind === 'refused') return { kind: 'refused', why: reply.why };
    if (performance.now() - startedAt > patienceMs) return { kind: 'gave-up', why: reply.why };
    if (pauseMs === RETRY_PAUSE_MS_MIN) onWaiting?.(reply.why);
    const waitMs = Math.min(Math.max(pauseMs, reply.retryAfterMs), RETRY_PAUSE_MS_MAX);
    await pause(waitMs, undefined, { signal: stop }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, RETRY_PAUSE_MS_MAX);
  }
}
