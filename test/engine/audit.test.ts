/** What partitions no longer agree on, as after each lost a tail of its own, is found and mended. */
import { expect, onTestFinished, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { decodeHeld } from '../../src/engine/actor-state.ts';
import { actorKey, partitionOf } from '../../src/engine/address.ts';
import type { Finding } from '../../src/engine/audit/audit.ts';
import type { Store } from '../../src/engine/store.ts';
import { type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.ts';
import { followingOf, sizesOf } from '../support/stored.ts';

const PARTITIONS = 4;

async function withAccounts(...ids: readonly string[]) {
  const nodes = new SimulatedNodes({ partitions: PARTITIONS });
  const node = await nodes.start(app);
  onTestFinished(node.stop);
  for (const id of ids) await accept(nodes, node, 'RegisterAccount', registrationOf(id));
  return { nodes, node };
}

function registrationOf(id: string) {
  return { accountId: id, email: `${id}@example.org`, username: `user_${id}` };
}

async function accept(nodes: SimulatedNodes, node: SimulatedNode, type: string, body: object) {
  expect(await nodes.send(node, type, body)).toMatchObject({ status: 'accepted' });
}

async function auditAll(
  nodes: SimulatedNodes,
  node: SimulatedNode,
  mends: boolean,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let seen = 0;
  const auditing = node.engine.audit({
    mends,
    actorsPerSecond: 1_000,
    signal: new AbortController().signal,
    onProgress: (actors) => {
      seen = actors;
    },
    onFinding: (finding) => void findings.push(finding),
  });
  const result = await nodes.run(auditing);
  expect(result).toEqual({ actors: seen, isCut: false });
  await nodes.untilIdle(node);
  return findings;
}

/** Writes an entry past all commands, as one that another partition's loss left behind. */
async function plant(store: Store, id: string, collection: string, key: string, value: unknown) {
  const owner = { type: 'account', id };
  const text = value === null ? null : JSON.stringify(value);
  await store.transfer({
    partition: partitionOf(actorKey(owner), PARTITIONS),
    cursor: `planted/${collection}/${key}`,
    items: [{ position: 1, rows: [], entries: [{ owner, collection, key, at: 1, value: text }] }],
  });
}

test('where all agree, nothing is found', async () => {
  const { nodes, node } = await withAccounts('ann', 'bob');
  await accept(nodes, node, 'FollowAccount', { followerId: 'ann', followeeId: 'bob' });
  await accept(nodes, node, 'BlockAccount', { blockerId: 'bob', blockedId: 'ann' });
  await accept(nodes, node, 'DeactivateAccount', { accountId: 'bob' });
  await nodes.untilIdle(node);
  expect(await auditAll(nodes, node, true)).toEqual([]);
});

test.each([
  ['who is followed blocks', 'bob', 'ann', 'blocked_by_followee'],
  ['who follows blocks', 'ann', 'bob', 'blocked_followee'],
])('a follow beside a block is removed: %s', async (_, blocker, blocked, reason) => {
  const { nodes, node } = await withAccounts('ann', 'bob');
  await accept(nodes, node, 'FollowAccount', { followerId: 'ann', followeeId: 'bob' });
  await nodes.untilIdle(node);
  await plant(nodes.store, blocker, 'blocked', blocked, null);
  expect(await auditAll(nodes, node, false)).toMatchObject([
    { rule: 'follows-that-may-stand', at: 'account:ann', mending: 'told' },
  ]);
  expect(await sizesOf(nodes.store, [followingOf('ann')])).toEqual([1]);
  const [finding, ...others] = await auditAll(nodes, node, true);
  expect(finding).toMatchObject({ rule: 'follows-that-may-stand', mending: 'mended' });
  expect(finding?.what).toContain(reason);
  expect(others).toEqual([]);
  expect(await sizesOf(nodes.store, [followingOf('ann')])).toEqual([0]);
  expect(await auditAll(nodes, node, true)).toEqual([]);
});

test('a follow of an account that is not there any more is removed', async () => {
  const { nodes, node } = await withAccounts('ann');
  await plant(nodes.store, 'ann', 'following', 'lost', { relationshipId: 'r1' });
  expect(await auditAll(nodes, node, true)).toMatchObject([{ mending: 'mended' }]);
  expect(await sizesOf(nodes.store, [followingOf('ann')])).toEqual([0]);
});

test('a claim that is lost is taken again for its holder, before another can', async () => {
  const { nodes, node } = await withAccounts('ann');
  const { store } = nodes;
  const [claim, token] = await heldOf(store, 'ann');
  await store.swapClaim(claim, { holder: actorKey({ type: 'account', id: 'ann' }), token }, null);
  expect(await auditAll(nodes, node, false)).toMatchObject([
    { rule: 'claims-of-their-holders', at: 'account:ann', mending: 'told' },
  ]);
  expect(await auditAll(nodes, node, true)).toMatchObject([{ mending: 'mended' }]);
  const body = { ...registrationOf('eve'), email: 'ann@example.org', username: 'user_ann' };
  expect(await nodes.send(node, 'RegisterAccount', body)).toMatchObject({ status: 'rejected' });
  expect(await auditAll(nodes, node, true)).toEqual([]);
});

test('two accounts that hold one value are told of, and left as they are', async () => {
  const { nodes, node } = await withAccounts('ann');
  const { store } = nodes;
  const [claim, token] = await heldOf(store, 'ann');
  await store.swapClaim(claim, { holder: actorKey({ type: 'account', id: 'ann' }), token }, null);
  const body = { accountId: 'eve', email: 'ann@example.org', username: 'eve' };
  const other = { ...body, email: 'eve@example.org', username: 'user_ann' };
  await accept(nodes, node, 'RegisterAccount', claim.includes('email') ? body : other);
  expect(await auditAll(nodes, node, true)).toMatchObject([
    { rule: 'claims-of-their-holders', at: 'account:ann', mending: 'failed' },
  ]);
  expect((await heldOf(store, 'ann'))[0]).toBe(claim);
});

test('a cursor beyond the feed it came from is set back, so that nothing new is dropped', async () => {
  const { nodes, node } = await withAccounts('ann', 'bob');
  await nodes.untilIdle(node);
  const source = partitionOf(actorKey({ type: 'account', id: 'ann' }), PARTITIONS);
  const ahead = { position: 1_000, rows: [], entries: [] };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const cursor = `followers@${source}`;
    await nodes.store.transfer({ partition, cursor, items: [ahead] });
  }
  const findings = await auditAll(nodes, node, true);
  expect(findings).toHaveLength(PARTITIONS);
  expect(findings[0]).toMatchObject({ rule: 'cursors-within-feeds', mending: 'mended' });
  expect(findings[0]?.what).toContain('everstate rebuild followers');
  await accept(nodes, node, 'FollowAccount', { followerId: 'ann', followeeId: 'bob' });
  await nodes.untilIdle(node);
  const followers = { actor: { type: '~followers', id: 'bob' }, collection: 'entries' };
  expect(await sizesOf(nodes.store, [followers])).toEqual([1]);
  expect(await auditAll(nodes, node, true)).toEqual([]);
});

test('is cut where it is told to end', async () => {
  const { nodes, node } = await withAccounts('ann', 'bob', 'cid');
  const ending = new AbortController();
  const auditing = node.engine.audit({
    mends: false,
    actorsPerSecond: 1,
    signal: ending.signal,
    onProgress: () => ending.abort(),
    onFinding: () => {},
  });
  expect(await nodes.run(auditing)).toEqual({ actors: 1, isCut: true });
});

/** The first claim that an account holds, and its token. */
async function heldOf(store: Store, id: string): Promise<readonly [string, string]> {
  const actor = { type: 'account', id };
  const nothing = { pointers: [], views: [], entries: [], sizes: [] };
  const reply = await store.fetch({ ...nothing, actor });
  const [first] = Object.entries(decodeHeld(reply.actor?.state ?? ''));
  if (!first) throw new Error('it holds nothing');
  return first;
}
