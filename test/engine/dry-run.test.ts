/** A dry run says what the same command, sent right after, is answered, and leaves nothing behind. */
import { Redis } from 'ioredis';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { app as domain } from '../../machines/index.ts';
import type { App } from '../../src/define/index.ts';
import { actorKey } from '../../src/engine/address.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { dryRun } from '../../src/engine/dry-run.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { failureOf } from '../../src/engine/failure.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { parseRecord } from '../../src/engine/record.ts';
import type { Store } from '../../src/engine/store.ts';
import { GroupCommit } from '../../src/storage/embedded/group-commit.ts';
import { openDisk } from '../../src/storage/embedded/lmdb-disk.ts';
import type { Backing } from '../../src/storage/kv/backing.ts';
import { KeyValueStore } from '../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../src/storage/memory/index.ts';
import { openRedisStore } from '../../src/storage/redis/index.ts';
import { oneOf, randomFrom, SEED } from '../faults/seed.ts';
import { dumpRedis } from '../golden/redis-dump.ts';
import { boxApp, FAULTS } from '../support/box/index.ts';
import { command, stateOf } from '../support/node.ts';
import { startRedis } from '../support/redis.ts';
import { createTestLog, createTestRuntime } from '../support/runtime.ts';
import { temporaryDir } from '../support/stores.ts';

const COMMANDS = 150;

/** A store, with all that lies in it, line by line. */
interface OpenStore {
  readonly store: Store;
  readonly dump: () => Promise<readonly string[]>;
}

function open(backing: Backing): OpenStore {
  const store = new KeyValueStore(backing, 4, Date.now);
  onTestFinished(() => store.close());
  const all = { from: ' ', before: '\uffff', reverse: false, limit: Number.MAX_SAFE_INTEGER };
  const dump = async () => Array.from(backing.committed.range(all), (pair) => pair.join('='));
  return { store, dump };
}

const STORES: Readonly<Record<string, () => Promise<OpenStore>>> = {
  memory: async () => open(new MemoryBacking(Date.now)),
  async embedded() {
    return open(new GroupCommit(openDisk(await temporaryDir()), Date.now));
  },
  async redis() {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const store = await openRedisStore({ url: server.url });
    onTestFinished(() => store.close());
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    return { store, dump: () => dumpRedis(redis) };
  },
};

/** A node whose next command id is known: a command run dry and then sent has one id. */
function startNode(store: Store, app: App, seed = 1) {
  let step = seed * 1_000_000;
  const uuid = () => `00000000-0000-4000-8000-${String(step).padStart(12, '0')}`;
  const runtime = { ...createTestRuntime(seed), uuid };
  const engine = createEngine({ app, store, runtime, log: createTestLog(), strict: true });
  onTestFinished(() => engine.drain());
  return { engine, runtime, next: () => (step += 1) };
}

type Body = Readonly<Record<string, unknown>>;
type Draw = (random: () => number) => readonly [type: string, body: Body];

/** Few of each, so that they meet. One email was taken by somebody who crashed. */
const IDS = ['ann', 'bea', 'cleo'];
const EMAILS = ['Ann@example.org', 'ann@example.org', 'bea@example.org', 'left@example.org'];
const USERNAMES = ['ann', 'ANN', 'bea', 'cleo'];

const drawDomain: Draw = (random) => {
  const [self, other] = [oneOf(random, IDS), oneOf(random, IDS)];
  const all: readonly (readonly [string, Body])[] = [
    [
      'RegisterAccount',
      {
        email: oneOf(random, EMAILS),
        username: oneOf(random, USERNAMES),
        ...(random() < 0.8 && { accountId: self }),
      },
    ],
    ['FollowAccount', { followerId: self, followeeId: other }],
    ['FollowAccount', { followerId: self, followeeId: other }],
    ['BlockAccount', { blockerId: self, blockedId: other }],
    ['UnblockAccount', { blockerId: self, blockedId: other }],
    ['RemoveFollower', { followerId: self, followeeId: other }],
    ...(random() < 0.05 ? [['DeactivateAccount', { accountId: self }] as const] : []),
  ];
  return oneOf(random, all);
};

const drawBox: Draw = (random) => {
  const box = oneOf(random, IDS);
  const item = { box, item: oneOf(random, ['pen', 'key']) };
  return oneOf(random, [
    ['Open', { box }],
    ['Put', item],
    ['Take', item],
    ['Toss', item],
    ['Settle', { box, total: oneOf(random, [0, 1, 2]) }],
    ['Refuse', { box }],
    ['Name', { box, name: oneOf(random, ['red', 'blue', 'Red']) }],
    ['Misbehave', { box, how: oneOf(random, FAULTS) }],
    ...(random() < 0.05 ? [['Seal', { box }] as const] : []),
  ]);
};

const APPS = {
  domain: { app: domain, draw: drawDomain },
  box: { app: boxApp, draw: drawBox },
};

const CASES = Object.entries(STORES).flatMap(([name, openStore]) =>
  Object.entries(APPS).map(([of, app]) => ({ name, of, openStore, ...app })),
);

test.each(CASES)(
  'what is run dry changes nothing, and is answered the same when it is sent: $of on $name',
  async ({ openStore, app, draw }) => {
    onTestFailed(() => console.error(`SEED=${SEED}`));
    const random = randomFrom(SEED);
    const { store, dump } = await openStore();
    const { engine, next } = startNode(store, app);
    const crashed = { holder: actorKey({ type: 'account', id: 'gone' }), token: 'left' };
    await store.swapClaim('account/email:left@example.org', null, crashed);
    const seen = new Set<string>();
    for (let count = 0; count < COMMANDS; count++) {
      next();
      const [type, body] = draw(random);
      const before = await dump();
      const said = await sayOf(engine, type, body);
      expect(await dump(), `${type} run dry`).toEqual(before);
      const sent = await engine.submit(command(engine, type, body), { principal: 'test' });
      expect(said, `${type} ${JSON.stringify(body)}`).toEqual(await toldOf(store, app, sent, said));
      seen.add(said.status);
    }
    const all = ['accepted', 'rejected', ...(app === boxApp ? ['failed'] : [])];
    expect([...seen].sort()).toEqual(all.sort());
  },
);

/** What a dry run says, as JSON has it. */
async function sayOf(engine: Engine, type: string, body: Body) {
  try {
    const { before, after, ...said } = await dryRun(
      engine.inside,
      command(engine, type, body),
      'test',
    );
    return { ...said, before: shown(before), after: shown(after) };
  } catch (error) {
    return { status: 'failed' as const, ...failureOf(error) };
  }
}

type Said = Awaited<ReturnType<typeof sayOf>>;

/** The same, as the command's answer and what it left in the store tell it. */
async function toldOf(store: Store, app: App, sent: Outcome, said: Said): Promise<unknown> {
  if (sent.status === 'failed') return { status: 'failed', code: sent.failure.code };
  const { type, id } = sent.actor;
  const now = await stateOf(store, id, app, type);
  const page = await store.trail({ type, id }, null, 1);
  const last = page.records[0] && parseRecord(page.records[0].body);
  // What changes nothing leaves no record that would tell its facts.
  const isRecorded = last?.commandId === sent.commandId;
  const unrecorded = said.status === 'failed' ? {} : { facts: said.facts, claims: said.claims };
  const asked = isRecorded ? { facts: last.facts, claims: last.claims } : unrecorded;
  return {
    status: sent.status,
    reason: sent.status === 'rejected' ? sent.reason : null,
    actor: sent.actor,
    events: sent.events.map((event) => ({
      type: event.type,
      version: event.version,
      data: event.data,
    })),
    ...asked,
    after: now.version === 0 ? null : shown(now.machine),
    ...(said.status !== 'failed' && { before: said.before, taken: said.taken }),
  };
}

function shown(machine: { value: unknown; context: unknown; status: string } | null) {
  return machine && { value: machine.value, context: machine.context, status: machine.status };
}

test('a dry run tells the transitions that the step takes, and the state before it', async () => {
  const { store } = open(new MemoryBacking(Date.now));
  const { engine } = startNode(store, domain);
  const register = { email: 'a@example.org', username: 'ann', accountId: 'ann' };
  const made = await dryRun(engine.inside, command(engine, 'RegisterAccount', register), 'test');
  expect(made).toMatchObject({ before: null, after: { value: { registered: 'active' } } });
  expect(made.taken.join()).toContain(':RegisterAccount:');
});

test('a dry run of an actor that is in memory reads what other nodes wrote', async () => {
  const { store } = open(new MemoryBacking(Date.now));
  const { engine } = startNode(store, boxApp);
  const other = startNode(store, boxApp, 2);
  const run = (on: Engine, type: string) =>
    on.submit(command(on, type, { box: 'one' }), { principal: 'test' });
  expect(await run(engine, 'Open')).toMatchObject({ status: 'accepted' });
  expect(await run(other.engine, 'Seal')).toMatchObject({ status: 'accepted' });
  const said = await dryRun(engine.inside, command(engine, 'Count', { box: 'one' }), 'test');
  expect(said).toMatchObject({ status: 'rejected', actor: { version: 2 } });
});
