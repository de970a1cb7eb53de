import type { App } from '../../../src/define/index.ts';
import { type Explored, exploreStates } from '../explorer-states.ts';
import { prepare } from './parts.ts';
import type { Ask } from './rules.ts';
import { type Before, type Race, World } from './world.ts';

export type { Ask } from './rules.ts';

export interface Scenario {
  readonly app: App;
  readonly partitions: 1 | 2;
  readonly given?: readonly Ask[];
  readonly clients: readonly (readonly Ask[])[];
  readonly clientsAre?: 'apart' | 'beside the work';
  readonly fate?: Race['fate'];
  readonly keepsAnswers?: boolean;
  readonly readsAtOnce?: boolean;
}

/** Explores every schedule of a scenario. */
export async function explore(scenario: Scenario): Promise<Explored> {
  const { app, partitions, given = [], clients, fate = null } = scenario;
  const { keepsAnswers = true, readsAtOnce = false } = scenario;
  const prepared = prepare(app);
  const isApart = scenario.clientsAre !== 'beside the work';
  const common = { prepared, partitions, keepsAnswers, readsAtOnce };
  const before = await first({
    ...common,
    before: null,
    clients: [{ asks: [...REGISTRATIONS, ...given], isApart: true }],
    fate: null,
  });
  const race = { ...common, before, clients: clients.map((asks) => ({ asks, isApart })), fate };
  return exploreStates(() => World.begin(race));
}

const REGISTRATIONS: readonly Ask[] = ['ann', 'bob'].map((accountId) => ({
  type: 'RegisterAccount',
  body: { accountId, email: `${accountId}@example.org`, username: accountId },
}));

/** One schedule to its end. */
async function first(race: Race): Promise<Before> {
  const world = await World.begin(race);
  for (let [option] = world.options(); option !== undefined; [option] = world.options()) {
    await world.take(option);
  }
  await world.judge();
  return world.after();
}
