import { setTimeout as pause } from 'node:timers/promises';
import { IDLE_LOOK_MS, IDLE_NOTE_MS, IDLE_PATIENCE_MS } from './limits.ts';
import { askPatiently, type Patience, type Unanswered } from './patiently.ts';
import { type PoliciesReport, policiesReport } from './policy-answers.ts';
import type { ServerLink } from './server-link.ts';
import { number } from './table.ts';

/** How the wait for policies ended. */
export type Rest =
  | { readonly kind: 'idle'; readonly report: PoliciesReport }
  | { readonly kind: 'stuck'; readonly report: PoliciesReport }
  | Unanswered;

/**
 * Waits until a server's policies have done all there is to do. They are `stuck` when what is left
 * has not become less than ever before for a while: something fails, or others keep them busy.
 *
 * @param ports `note` takes a line on how far they are, now and then
 */
export async function waitUntilIdle(
  link: ServerLink,
  ports: Patience & { readonly note: (text: string) => void; readonly idlePatienceMs?: number },
): Promise<Rest> {
  const idlePatienceMs = ports.idlePatienceMs ?? IDLE_PATIENCE_MS;
  let least = Number.POSITIVE_INFINITY;
  let leastAt = performance.now();
  let notedAt = performance.now();
  for (;;) {
    const reply = await askPatiently(() => link.get('v1/policies', policiesReport), ports);
    if (reply.kind !== 'answered') return reply;
    const report = reply.value;
    if (report.idle) return { kind: 'idle', report };
    const now = performance.now();
    const left = leftOf(report);
    if (left < least) [least, leastAt] = [left, now];
    if (now - leastAt > idlePatienceMs) return { kind: 'stuck', report };
    if (now - notedAt > IDLE_NOTE_MS) {
      notedAt = now;
      ports.note(`The policies are at work: ${describeLeft(report)}`);
    }
    await pause(IDLE_LOOK_MS, undefined, { signal: ports.stop }).catch(() => undefined);
  }
}

/** What policies and projections have to do yet, in records and messages. */
function leftOf({ policies, projections }: PoliciesReport): number {
  const behind = [...policies, ...projections].reduce((sum, { lag }) => sum + lag, 0);
  return policies.reduce((sum, { inFlight, retrying }) => sum + inFlight + retrying, behind);
}

/** What is left, by name. */
export function describeLeft({ policies, projections }: PoliciesReport): string {
  const parts = [
    ...policies.map(({ name, lag, inFlight, retrying }) => describe(name, lag, inFlight, retrying)),
    ...projections.map(({ name, lag }) => describe(name, lag)),
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'a timer or an async command is due' : parts.join('; ');
}

function describe(name: string, lag: number, inFlight = 0, retrying = 0): string | null {
  const figures = [
    ...(lag > 0 ? [`${number(lag)} records behind`] : []),
    ...(inFlight > 0 ? [`${number(inFlight)} in flight`] : []),
    ...(retrying > 0 ? [`${number(retrying)} retrying`] : []),
  ];
  return figures.length === 0 ? null : `${name} ${figures.join(', ')}`;
}

/** How many messages policies gave up on. */
export function deadLettersOf({ policies }: PoliciesReport): number {
  return policies.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
}
