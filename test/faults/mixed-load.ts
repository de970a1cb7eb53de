/** A load of all that the domain has, and whether all is sound when it is over. */
import { expect } from 'vitest';
import type { RedisView } from '../support/redis-view.ts';
import { leftovers, untilRest } from './at-rest.ts';
import type { Client } from './client.ts';
import { until } from './fleet.ts';
import { type Graph, readGraph } from './graph.ts';
import { judgeReads, judgeRedis, judgeRules } from './graph-judge.ts';
import { GraphSenders, type Serving } from './graph-load.ts';
import { isOfPolicy, Ledger } from './ledger.ts';
import { named, register } from './load.ts';

const REGISTERED = 100;

/** Commands between a hundred and fifty accounts, and what they were answered. */
export interface MixedLoad {
  readonly client: Client;
  readonly accounts: readonly string[];
  readonly ledger: Ledger;
  readonly senders: GraphSenders;
}

/** Registers most of the accounts, and begins to send. */
export async function beginMixedLoad(
  client: Client,
  nodes: readonly Serving[],
  seed: number,
): Promise<MixedLoad> {
  const accounts = named('a', 150);
  const ledger = new Ledger();
  const [first] = nodes;
  if (first === undefined) throw new Error('there is no node');
  await register(client, await first.url, ledger, accounts.slice(0, REGISTERED));
  const senders = new GraphSenders({ client, ledger, seed, accounts, nodes });
  return { client, accounts, ledger, senders };
}

/**
 * Ends the load and holds what is there at rest to what was answered, and to every rule.
 * @param view of the Redis, where there is one
 */
export async function expectSound(
  { client, accounts, ledger, senders }: MixedLoad,
  url: string,
  view?: RedisView,
): Promise<Graph> {
  await senders.end();
  expect(senders.faults).toEqual([]);
  await untilRest(client, url);
  expect(await leftovers(client, url)).toEqual([]);
  const graph = await readGraph(client, url, accounts);
  expect(judgeRules(graph)).toEqual([]);
  expect(await judgeReads(client, url, graph)).toEqual([]);
  expect(await ledger.judge(client, url)).toEqual([]);
  if (view) expect(await judgeRedis(view, graph)).toEqual([]);
  return graph;
}

const KINDS = ['AccountUnblocked', 'AccountDeactivated', 'AccountRegistrationFailed'];
const REASONS = ['blocked_by_followee', 'blocked_followee', 'account_deactivated'];
const HAPPENED_WITHIN_MS = 60_000;

/** Goes on with the load until all has happened with which something can go wrong. */
export async function untilEventful(
  { client, accounts, senders }: MixedLoad,
  url: string,
): Promise<void> {
  await until('everything has happened', HAPPENED_WITHIN_MS, async () => {
    const { trails } = await readGraph(client, url, accounts);
    const events = [...trails.values()].flat();
    const kinds = new Set(events.map(({ type }) => type));
    const reasons = new Set(events.filter(isOfPolicy).map(({ data }) => data.reason));
    const hasAll =
      KINDS.every((kind) => kinds.has(kind)) && REASONS.every((reason) => reasons.has(reason));
    if (!hasAll) await senders.more(50);
    return hasAll;
  });
}
