import { expect, test } from 'vitest';
import { actorKey } from '../../../src/engine/address.ts';
import { keys } from '../../../src/storage/kv/keys.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../../src/storage/memory/index.ts';
import { act, entry, unique } from '../../contract/suite/draft.ts';
import { item } from '../../contract/suite/work/draft.ts';

const PARTITIONS = 1;
const RANK = 'rank';

function open() {
  const backing = new MemoryBacking(Date.now);
  const store = new KeyValueStore(backing, PARTITIONS, Date.now);
  const content = () => [
    ...backing.committed.range({ from: '', before: '~', reverse: false, limit: 1_000 }),
  ];
  return { store, content };
}

async function bring(store: KeyValueStore, id: string, entryKeys: readonly string[], at = 1) {
  const owner = { type: '~m', id };
  const entries = entryKeys.flatMap((key) => [
    { owner, rank: RANK, ...entry('c', key, at, '{}') },
    { owner, ...entry('d', key, at) },
  ]);
  // A cursor of its own would stay: it is always the same.
  const items = [item(++brought, { entries })];
  await store.transfer({ partition: 0, cursor: 'c', items });
  return owner;
}
let brought = 0;

test('an owner whose collections were cleared leaves nothing', async () => {
  const { store, content } = open();
  await bring(store, 'stays', ['a']);
  const names = () => content().map(([key]) => key);
  const before = names();
  const actor = await bring(store, unique('o'), ['a', 'b', 'c']);
  await store.clear({ actor, collection: 'c' }, { rank: RANK, limit: 2 });
  await store.clear({ actor, collection: 'd' }, { rank: null, limit: 9 });
  expect(names()).toContain(keys.actor(actorKey(actor)));
  await store.clear({ actor, collection: 'c' }, { rank: RANK, limit: 9 });
  expect(names()).toEqual(before);
});

test('an owner whose last entry was removed leaves nothing', async () => {
  const { store, content } = open();
  await bring(store, 'stays', ['a']);
  const before = content().map(([key]) => key);
  const owner = await bring(store, unique('o'), ['a']);
  const entries = ['c', 'd'].map((name) => ({ owner, ...entry(name, 'a', null) }));
  const [ranked, plain] = entries;
  if (!ranked || !plain) throw new Error('there are two');
  const items = [item(++brought, { entries: [{ ...ranked, rank: RANK }, plain] })];
  await store.transfer({ partition: 0, cursor: 'c', items });
  expect(content().map(([key]) => key)).toEqual(before);
});

test('the id of an owner whose name is too long for a key is told nevertheless', async () => {
  const { store, content } = open();
  const long = 'x'.repeat(400);
  await bring(store, long, ['a']);
  await act(store, { type: '~m', id: `${long}y` }, { state: '{"long":1}', view: '{"v":1}' });
  await act(store, { type: 'other', id: long }, { state: '{}' });
  expect(content().some(([key]) => key.startsWith('a') && key.includes(long))).toBe(false);
  const first = await store.owners('~m', null, 100);
  expect([...first.ids].sort()).toEqual([long, `${long}y`]);
  const fetched = { pointers: [], entries: [], sizes: [] };
  const actor = { type: '~m', id: `${long}y` };
  const reply = await store.fetch({ ...fetched, actor, views: [actor] });
  expect([reply.actor?.state, reply.views]).toEqual(['{"long":1}', ['{"v":1}']]);
});
