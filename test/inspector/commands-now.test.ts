/** What is said of commands by an actor's state alone holds, whatever the facts. */
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { app as domain } from '../../machines/index.ts';
import type { App } from '../../src/define/index.ts';
import { TurnClaims } from '../../src/engine/claims.ts';
import { decide } from '../../src/engine/decide.ts';
import { dryRun } from '../../src/engine/dry-run.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { newIdentity } from '../../src/engine/message.ts';
import { commandsIn, idFieldOf } from '../../src/inspector/actor/commands-now.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { oneOf, randomFrom, SEED } from '../faults/seed.ts';
import { command, mustAccept, startNode, stateOf } from '../support/node.ts';
import { orderApp } from '../support/order/index.ts';
import { order } from '../support/order/order.ts';

const STEPS = 400;
const IDS = ['ann', 'bea', 'cleo', 'dan', 'eve'];

type Random = () => number;
type Body = Readonly<Record<string, unknown>>;

/** Few of each, so that they meet; what ends an account is rare. */
function draw(random: Random): readonly [type: string, self: string, body: Body] {
  const [self, other] = [oneOf(random, IDS), oneOf(random, IDS)];
  const name = oneOf(random, IDS);
  const all: readonly (readonly [string, Body])[] = [
    ['RegisterAccount', { email: `${name}@example.org`, username: name, accountId: self }],
    ['FollowAccount', { followerId: self, followeeId: other }],
    ['BlockAccount', { blockerId: self, blockedId: other }],
    ['UnblockAccount', { blockerId: self, blockedId: other }],
    ['RemoveFollower', { followerId: self, followeeId: other }],
    ...(random() < 0.1 ? [['DeactivateAccount', { accountId: self }] as const] : []),
  ];
  const [type, body] = oneOf(random, all);
  return [type, self, body];
}

/** Facts and claims as no store would give them together. */
function drawFacts(random: Random) {
  const account = () =>
    oneOf(random, [null, { username: 'x', isActive: random() < 0.5, joinedAt: '' }]);
  const entry = (value: null | { relationshipId: string }) =>
    oneOf(random, [null, { since: '2025-01-01T00:00:00.000Z', value }]);
  const claim = () => oneOf(random, ['granted', 'taken'] as const);
  return {
    facts: {
      followee: account(),
      accountToBlock: account(),
      follow: entry({ relationshipId: 'r' }),
      blockOfFollowee: entry(null),
      blockByFollowee: entry(null),
      block: entry(null),
      followingBefore: oneOf(random, [0, 5_000]),
      followingCount: oneOf(random, [0, 5_001]),
    },
    claims: { email: claim(), username: claim() },
  };
}

/** What a command in such a state would come to, with facts that are made up. */
async function decidedWith(engine: Engine, type: string, body: Body, random: Random) {
  const { runtime, submitter, store } = engine.inside;
  const delivery = { principal: 'test' };
  const identity = newIdentity(runtime, delivery);
  const unaddressed = { command: command(engine, type, body), delivery, identity, pointer: null };
  const message = submitter.address({ ...unaddressed, keep: 'nothing' });
  const { facts, claims } = drawFacts(random);
  const state = await stateOf(store, message.target.id, domain, 'account');
  const turn = new TurnClaims();
  turn.begin(state);
  const deciding = { answersFor: () => claims, heldAfter: turn.heldAfter.bind(turn) };
  const decided = decide(message.aggregate, state, message, facts, deciding);
  return 'code' in decided ? decided.code : decided.decision;
}

function start(app: App) {
  const store = createMemoryStore();
  const { engine } = startNode(store, { app });
  onTestFinished(() => engine.drain());
  return { engine, store };
}

test('no account accepts what is said to be refused or without a rule, whatever the facts', async () => {
  onTestFailed(() => console.error(`SEED=${SEED}`));
  const random = randomFrom(SEED);
  const { engine, store } = start(domain);
  const said = new Map<string, string>();
  const accepted = new Set<string>();
  for (let step = 0; step < STEPS; step++) {
    const [type, self, body] = draw(random);
    const aggregate = engine.inside.aggregates.get(type);
    if (!aggregate) throw new Error(`no aggregate for ${type}`);
    const { machine } = await stateOf(store, self, domain, 'account');
    const { maybeAccepted, refused, withoutRule, possible } = commandsIn(aggregate, machine);
    const all = [...maybeAccepted, ...refused].map((each) => each.type);
    expect([...all, ...withoutRule].sort()).toEqual(
      Object.keys(domain.aggregates.get('account')?.commands ?? {}).sort(),
    );
    const place = `${JSON.stringify(machine.value)} ${type}`;
    const mayBe = maybeAccepted.some((each) => each.type === type);
    said.set(place, mayBe ? 'may be accepted' : 'refused');

    const { status, reason, taken } = await dryRun(
      engine.inside,
      command(engine, type, body),
      'test',
    );
    if (status === 'accepted') {
      accepted.add(place);
      for (const name of taken) expect(possible).toContain(name);
    }
    if (!mayBe) {
      const reasons = refused.find((each) => each.type === type)?.reasons;
      expect([status, reason], place).toEqual(['rejected', expect.toSatisfy(isOneOf(reasons))]);
      for (let tries = 0; tries < 8; tries++) {
        expect(await decidedWith(engine, type, body, random)).toMatchObject({ status: 'rejected' });
      }
    }
    await engine.submit(command(engine, type, body), { principal: 'test' });
  }
  // Neither is said for nothing: what may be accepted was, in every state that was come by.
  const open = [...said].filter(([, word]) => word === 'may be accepted').map(([place]) => place);
  expect([...accepted].sort()).toEqual(open.sort());
  expect([...said.values()]).toContain('refused');
  expect(new Set([...said.keys()].map((place) => place.split(' ')[0])).size).toBe(3);
});

function isOneOf(reasons: readonly string[] | undefined) {
  return (reason: string) => (reasons ?? ['Not possible in this state']).includes(reason);
}

test('the reasons of refusals are told, and where a command has the id of its actor', async () => {
  const { engine, store } = start(domain);
  const { machine } = await stateOf(store, 'nobody', domain, 'account');
  const aggregate = engine.inside.aggregates.get('FollowAccount');
  if (!aggregate) throw new Error('no accounts');
  const { maybeAccepted, refused, withoutRule } = commandsIn(aggregate, machine);
  expect(maybeAccepted).toEqual([
    { type: 'RegisterAccount', idField: 'accountId' },
    { type: 'RemoveFollower', idField: 'followerId' },
  ]);
  expect(refused).toEqual([
    {
      type: 'FollowAccount',
      idField: 'followerId',
      reasons: ['Cannot follow yourself', 'Follower account not found'],
    },
    {
      type: 'BlockAccount',
      idField: 'blockerId',
      reasons: ['Cannot block yourself', 'Blocker account not found'],
    },
    { type: 'UnblockAccount', idField: 'blockerId', reasons: ['Blocker account not found'] },
    { type: 'DeactivateAccount', idField: 'accountId', reasons: ['Account not found'] },
  ]);
  expect(withoutRule).toEqual([]);
});

test('rejections that are emitted as they are count as refusals, and all else as unknown', async () => {
  const app = orderApp();
  const { engine, store } = start(app);
  const now = async () => {
    const aggregate = engine.inside.aggregates.get('PayOrder');
    if (!aggregate) throw new Error('no orders');
    return commandsIn(aggregate, (await stateOf(store, 'one', app, 'order')).machine);
  };
  const names = (of: readonly { readonly type: string }[]) => of.map(({ type }) => type);
  expect(names((await now()).maybeAccepted)).toEqual(['PlaceOrder']);
  const placed = { orderId: 'one', sku: 'pen', quantity: 1, amount: 1, country: 'DE' };
  await mustAccept(engine, 'PlaceOrder', placed);
  expect((await now()).possible).toContain('open:PayOrder:1');
  expect((await now()).possible).not.toContain('open:PayOrder:0');
  await mustAccept(engine, 'CancelOrder', { orderId: 'one', reason: 'no' });
  expect(await now()).toEqual({
    maybeAccepted: [],
    refused: [{ type: 'PayOrder', idField: 'orderId', reasons: ['Cancelled'] }],
    withoutRule: ['PlaceOrder', 'CompleteOrder', 'CancelOrder'],
    possible: [],
  });
});

test('an id that is made of more than one field is not filled in', () => {
  const { PayOrder } = order.commands;
  if (!PayOrder) throw new Error('no such command');
  const target = (data: { a: string; b: { c: string } }) => `${data.a}:${data.b.c}`;
  expect(idFieldOf({ ...PayOrder, target })).toBe(null);
  expect(idFieldOf({ ...PayOrder, target: () => 'fixed' })).toBe(null);
  expect(idFieldOf({ ...PayOrder, target: (data: { a: string }) => data.a.toLowerCase() })).toBe(
    null,
  );
  expect(idFieldOf({ ...PayOrder, target: (data: { Id: string }) => data.Id })).toBe('Id');
});
