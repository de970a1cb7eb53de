import { setTimeout as pause } from 'node:timers/promises';
import { type CommandResult, describeProblem, type FailedResult } from './answer.ts';
import {
  PATIENCE_MS,
  RETRY_PAUSE_MS_MAX,
  RETRY_PAUSE_MS_MIN,
  SYSTEM_ERRORS_MAX,
} from './limits.ts';
import type { Batch } from './plan.ts';
import { isPassing, type ServerLink } from './server-link.ts';
import type { Step } from './steps.ts';

/** How a batch ended. */
export type Delivery =
  /** Every step has its answer, in the batch's order. */
  | { readonly kind: 'answered'; readonly results: readonly CommandResult[] }
  /** `stop` was raised before every step had its answer. */
  | { readonly kind: 'interrupted' }
  /** The server stayed out of reach for longer than patience lasts. */
  | { readonly kind: 'gave-up'; readonly why: string }
  /** The server refuses this for good. */
  | { readonly kind: 'refused'; readonly why: string };

/** What a delivery is told, and tells. */
export interface DeliveryPorts {
  /** Raised when no more may be tried; a request on its way is still awaited. */
  readonly stop: AbortSignal;
  /** Called with why a batch waits, and with `null` when it goes on. */
  readonly onWaiting: (why: string | null) => void;
  /** Longest time without any acknowledgement, in milliseconds. */
  readonly patienceMs?: number;
}

/**
 * Sends a batch until each of its steps has a final answer. What has none is sent again under the
 * same keys, so that a step whose answer was lost is answered without being done again.
 */
export async function deliver(
  batch: Batch,
  link: ServerLink,
  ports: DeliveryPorts,
): Promise<Delivery> {
  const answers = new Answers(batch);
  const patienceMs = ports.patienceMs ?? PATIENCE_MS;
  let pauseMs = RETRY_PAUSE_MS_MIN;
  let lastProgressAt = performance.now();
  while (answers.open.length > 0) {
    const reply = await link.send(answers.open);
    if (reply.kind === 'refused') return reply;
    const before = answers.open.length;
    const why = reply.kind === 'answered' ? answers.take(reply.results) : reply.why;
    if (answers.refusal !== null) return { kind: 'refused', why: answers.refusal };
    if (answers.open.length === 0) break;
    if (ports.stop.aborted) return { kind: 'interrupted' };
    if (answers.open.length < before) {
      lastProgressAt = performance.now();
      pauseMs = RETRY_PAUSE_MS_MIN;
    } else if (performance.now() - lastProgressAt > patienceMs) {
      return { kind: 'gave-up', why };
    }
    const retryAfterMs = reply.kind === 'try-again' ? reply.retryAfterMs : 0;
    const waitMs = Math.min(Math.max(pauseMs, retryAfterMs), RETRY_PAUSE_MS_MAX);
    ports.onWaiting(why);
    await pause(waitMs, undefined, { signal: ports.stop }).catch(() => undefined);
    if (ports.stop.aborted) return { kind: 'interrupted' };
    pauseMs = Math.min(pauseMs * 2, RETRY_PAUSE_MS_MAX);
  }
  ports.onWaiting(null);
  return { kind: 'answered', results: answers.inOrder() };
}

/** The answers of one batch, gathered over several requests. */
class Answers {
  readonly #batch: Batch;
  readonly #final = new Map<Step, CommandResult>();
  readonly #systemErrors = new Map<Step, number>();
  /** What has no final answer yet, in the batch's order. */
  open: Batch;
  /** Why a step can never be answered, if that is so. */
  refusal: string | null = null;

  constructor(batch: Batch) {
    this.#batch = batch;
    this.open = batch;
  }

  /** Takes the answers to `open`; returns why some of it must be sent again, where some must. */
  take(results: readonly CommandResult[]): string {
    let why = '';
    const open: Step[] = [];
    for (const [index, step] of this.open.entries()) {
      const result = results[index];
      if (result === undefined) throw new Error('a batch was answered in part');
      if (result.status !== 'failed' || this.#isGivenUp(step, result)) {
        this.#final.set(step, result);
        continue;
      }
      why = describeProblem(result.httpStatus, result);
      if (!isPassing(result.httpStatus)) {
        this.refusal ??= `${step.type} ${JSON.stringify(step.data)} (key ${step.key}): ${why}`;
      }
      open.push(step);
    }
    this.open = open;
    return why;
  }

  inOrder(): readonly CommandResult[] {
    return this.#batch.flatMap((step) => this.#final.get(step) ?? []);
  }

  /** An internal error that keeps coming is the answer; a store out of reach is waited for. */
  #isGivenUp(step: Step, { code }: FailedResult): boolean {
    if (code !== 'system_error') return false;
    const met = (this.#systemErrors.get(step) ?? 0) + 1;
    this.#systemErrors.set(step, met);
    return met >= SYSTEM_ERRORS_MAX;
  }
}
