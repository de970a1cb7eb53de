import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { FAULTS } from '../support/box/index.ts';
import { eventsOf, rowOf, send, startNode, stateOf, word } from '../support/node.ts';

test.each(FAULTS)('a machine that %s fails that command alone and writes nothing', async (how) => {
  const store = createMemoryStore();
  const { engine, log } = startNode(store);
  const traceId = 'f'.repeat(32);
  const outcomes = await Promise.all([
    send(engine, 'Count', { box: 'a' }),
    send(engine, 'Misbehave', { box: 'a', how }, { traceId }),
    send(engine, 'Put', { box: 'a', item: 'pen' }),
    send(engine, 'Count', { box: 'a' }),
  ]);
  expect(outcomes.map(word)).toEqual(['accepted', 'system_error', 'accepted', 'accepted']);
  expect(log.errors).toMatchObject([
    { fields: { traceId, actor: 'box:a', command: 'Misbehave', err: expect.any(Error) } },
  ]);
  expect((await eventsOf(engine, 'a')).map(({ type }) => type)).toEqual([
    'Counted',
    'ItemPut',
    'Counted',
  ]);
  const state = await stateOf(store, 'a');
  expect(state.version).toBe(3);
  expect(state.machine.context).toMatchObject({ total: 2, name: null, scratch: null });
  const ref = { actor: { type: 'box', id: 'a' }, collection: 'items' };
  const rows = await store.page(ref, { limit: 10, after: null });
  expect(rows.map(({ key }) => key)).toEqual(['pen']);
});

test.each(FAULTS)('a machine that %s brings no actor into being', async (how) => {
  const store = createMemoryStore();
  const { engine } = startNode(store);
  expect(word(await send(engine, 'Misbehave', { box: 'a', how }))).toBe('system_error');
  expect(await rowOf(store, 'a')).toMatchObject({ state: null, lastTurn: null });
  expect(await engine.trail({ type: 'box', id: 'a' }, { limit: 5, before: null })).toBeNull();
});
