import { readEntry } from '../async-entry.ts';
import { timeOf } from '../feed/times.ts';
import { partitionsOf } from '../partitions.ts';
import type { Store } from '../store.ts';
import { read, table } from './rows.ts';

/** The tables whose first rows tell since when there is something to do. */
const KINDS = ['outbox', 'inbox', 'effect'] as const;

/**
 * How long ago the cause came about of what policies and async commands still have to do, in ms by
 * the store's clock; 0 where nothing is left. Timers that are not due and dead letters do not count.
 * The first of each table stands for the others, so it is near to the truth, and not exact.
 * @throws StoreUnavailable
 */
export async function oldestWorkMs(store: Store, policies: readonly string[]): Promise<number> {
  const ages = partitionsOf(store).map((partition) => oldestIn(store, partition, policies));
  return Math.max(0, ...(await Promise.all(ages)));
}

async function oldestIn(
  store: Store,
  partition: number,
  policies: readonly string[],
): Promise<number> {
  const tables = policies.flatMap((name) => KINDS.map((kind) => table(kind, name)));
  const survey = await store.survey(partition, tables);
  const { head, now, checkpoints } = survey;
  const passed = Math.min(head, ...policies.map((name) => checkpoints[name] ?? 0));
  const [[unpassed], [command]] = await Promise.all([
    passed < head ? store.readFeed(partition, passed, 1) : [],
    survey.pendingAsync > 0 ? store.pendingAsync(partition, 1) : [],
  ]);
  const since = survey.tables.flatMap(({ first }, place) => {
    if (!first) return [];
    const kind = KINDS[place % KINDS.length];
    return kind ? [Date.parse(sinceOf(kind, first.body))] : [];
  });
  if (unpassed) since.push(timeOf(unpassed));
  if (command) since.push(atOf(command.command));
  return Math.max(0, ...since.map((at) => now - at));
}

function sinceOf(kind: (typeof KINDS)[number], body: string): string {
  switch (kind) {
    case 'outbox':
      return read.outbox(body).causedAt;
    case 'inbox':
      return read.inbox(body).at;
    case 'effect':
      return read.effect(body).at;
  }
}

/** When an async command was taken; one that no code can read keeps nothing. */
function atOf(command: string): number {
  try {
    return readEntry(command).identity.at;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
