import { EXIT } from './options.ts';
import { settled } from './policy-answers.ts';
import type { ServerLink } from './server-link.ts';
import { number } from './table.ts';

/** What is done about a dead letter. */
export type Settling = 'retry' | 'discard';

const DONE = { retry: 'retried', discard: 'discarded' } as const;

/** What became of one letter. `gone`: it was settled before. */
type Settled = { readonly kind: 'done' | 'pending' | 'gone' } | FailedToSettle;
type FailedToSettle = { readonly kind: 'failed'; readonly why: string };

async function settle(link: ServerLink, how: Settling, id: string): Promise<Settled> {
  const reply = await link.post(`v1/dead-letters/${encodeURIComponent(id)}/${how}`, settled);
  if (reply.kind === 'answered') {
    return { kind: reply.value.status === 'pending' ? 'pending' : 'done' };
  }
  if (reply.kind === 'refused' && reply.status === 404) return { kind: 'gone' };
  return { kind: 'failed', why: reply.why };
}

/** Retries or discards one letter, says what came of it, and returns the exit code. */
export async function settleOne(link: ServerLink, how: Settling, id: string): Promise<number> {
  const came = await settle(link, how, id);
  switch (came.kind) {
    case 'done':
      console.log(`It is ${DONE[how]}.`);
      return EXIT.ok;
    case 'pending':
      console.log(`It will be ${DONE[how]} by the node that runs its policy there.`);
      return EXIT.ok;
    case 'gone':
      console.error(`There is no dead letter ${id}.`);
      return EXIT.failed;
    case 'failed':
      console.error(`${link.url}: ${came.why}`);
      return EXIT.failed;
  }
}

/** Retries or discards letters, one after another; says what came of them. */
export async function settleAll(
  link: ServerLink,
  how: Settling,
  ids: readonly string[],
  stop: AbortSignal,
): Promise<number> {
  const counts = { done: 0, pending: 0, gone: 0 };
  let failed: FailedToSettle | null = null;
  for (const id of ids) {
    if (stop.aborted) break;
    const came = await settle(link, how, id);
    if (came.kind === 'failed') {
      failed = came;
      break;
    }
    counts[came.kind]++;
  }
  const words = [
    `${number(counts.done)} ${DONE[how]}`,
    ...(counts.pending > 0 ? [`${number(counts.pending)} left to the nodes that run them`] : []),
    ...(counts.gone > 0 ? [`${number(counts.gone)} gone already`] : []),
  ];
  console.log(`${words.join(', ')}; of ${number(ids.length)} dead letters.`);
  if (failed !== null) {
    console.error(`${link.url}: ${failed.why}`);
    return EXIT.failed;
  }
  return stop.aborted ? EXIT.interrupted : EXIT.ok;
}
