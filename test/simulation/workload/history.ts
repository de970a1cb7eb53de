import type { Outcome } from '../../../src/engine/outcome.ts';

/** One try of a command, as its client knows it. Times in ms by the scheduler. */
export interface Try {
  readonly sentAt: number;
  readonly node: number;
  answeredAt: number | null;
  /** `null` while there is none; `pending`: it was taken to be answered later. */
  outcome: Outcome | 'pending' | null;
}

/** One command, as its client knows it. */
export interface Sent {
  readonly number: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** 32 hex digits, its own alone: records bear it. */
  readonly traceId: string;
  readonly key: string | null;
  /** Its answer is asked for later. */
  readonly isAsync: boolean;
  readonly ifMatch: number | null;
  /** It goes under the key of another command, which has another body. */
  readonly isMisuse: boolean;
  /** Commands of one batch were handed over together, in the order of their numbers. */
  readonly batch: number | null;
  readonly tries: Try[];
  /** Of a command that is answered later. */
  commandId: string | null;
}

/** All that clients know of a run. */
export type History = readonly Sent[];

/** The first answer that says what became of it. */
export function decisionOf(
  sent: Sent,
): { readonly at: number; readonly outcome: Exclude<Outcome, { status: 'failed' }> } | null {
  for (const { answeredAt, outcome } of sent.tries) {
    if (answeredAt === null || outcome === null || outcome === 'pending') continue;
    if (outcome.status !== 'failed') return { at: answeredAt, outcome };
  }
  return null;
}
