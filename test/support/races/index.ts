import type { App } from '../../../src/define/index.ts';
import { type Explored, exploreStates } from '../explorer-states.ts';
import { prepare } from './prepared.ts';
import type { Before, Race } from './race.ts';
import type { Ask } from './rules.ts';
import { World } from './world.ts';

export type { Ask } from './rules.ts';

export interface Scenario {
  readonly app: App;
  readonly partitions: 1 | 2;
  /** What happened before, at rest. */
  readonly given?: readonly Ask[];
  readonly clients: readonly (readonly Ask[])[];
  readonly clientsAre?: 'apart' | 'beside the work';
  readonly fate?: Race['fate'];
  readonly mortal?: Race['mortal'];
  readonly keepsAnswers?: boolean;
  readonly readsAtOnce?: boolean;
  readonly leavesOut?: boolean;
}

/**
 * Explores every schedule of a scenario: the accounts ann, in the first partition, and bob, in the
 * last; a node for the background work of each partition, and one for each client. Each call to
 * the store waits for its step, but for those that {@link AtOnce} tells. Waits for a time end when
 * nothing else goes on; wake-ups come at once.
 */
export async function explore(scenario: Scenario): Promise<Explored> {
  const { app, partitions, given = [], clients, fate = null, mortal = [0, 1] } = scenario;
  const { keepsAnswers = true, readsAtOnce = false, leavesOut = true } = scenario;
  const isApart = scenario.clientsAre !== 'beside the work';
  const prepared = prepare(app);
  const common = { prepared, partitions, mortal, keepsAnswers, readsAtOnce, leavesOut };
  const before = await firstOf({
    ...common,
    before: null,
    clients: [{ asks: [...REGISTRATIONS, ...given], isApart: true }],
    fate: null,
  });
  const race = { ...common, before, clients: clients.map((asks) => ({ asks, isApart })), fate };
  return exploreStates(() => World.begin(race), { infers: leavesOut });
}

const REGISTRATIONS: readonly Ask[] = ['ann', 'bob'].map((accountId) => ({
  type: 'RegisterAccount',
  body: { accountId, email: `${accountId}@example.org`, username: accountId },
}));

/** What one of the schedules leaves. */
async function firstOf(race: Race): Promise<Before> {
  const world = await World.begin(race);
  for (let [option] = world.options(); option !== undefined; [option] = world.options()) {
    await world.take(option);
  }
  await world.judge();
  return world.after();
}
