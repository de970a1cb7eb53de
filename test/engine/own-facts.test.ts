import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/engine/outcome.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { countingStore } from '../support/faulty-store.ts';
import { eventsOf, mustAccept, send, startNode } from '../support/node.ts';

const dataOf = (outcome: Outcome) =>
  outcome.status !== 'failed' && (outcome.events[0]?.data ?? 'no event');

describe('facts about the actor itself, within one turn', () => {
  test('an entry and a size show what earlier commands of the turn wrote', async () => {
    const { store, calls } = countingStore(createMemoryStore());
    const { engine } = startNode(store);
    const outcomes = await Promise.all([
      send(engine, 'Put', { box: 'a', item: 'pen' }),
      send(engine, 'Put', { box: 'a', item: 'cup' }),
      send(engine, 'Put', { box: 'a', item: 'pen', amount: 2 }),
      send(engine, 'Take', { box: 'a', item: 'pen' }),
      send(engine, 'Take', { box: 'a', item: 'pen' }),
      send(engine, 'Put', { box: 'a', item: 'pen' }),
    ]);
    expect(calls.commit).toBe(1);
    expect(outcomes.map(dataOf)).toMatchObject([
      { item: 'pen', wasThere: false, countBefore: 0 },
      { item: 'cup', wasThere: false, countBefore: 1 },
      { item: 'pen', wasThere: true, countBefore: 2 },
      { item: 'pen', countBefore: 2 },
      'no event',
      { item: 'pen', wasThere: false, countBefore: 1 },
    ]);
    expect(outcomes[4]).toMatchObject({ status: 'accepted', events: [] });
  });

  test('the view shows what earlier commands of the turn made of it', async () => {
    const { engine } = startNode(createMemoryStore());
    const outcomes = await Promise.all([
      send(engine, 'Put', { box: 'a', item: 'pen' }),
      send(engine, 'Count', { box: 'a' }),
      send(engine, 'Put', { box: 'a', item: 'cup' }),
    ]);
    expect(outcomes.map(dataOf)).toMatchObject([
      { totalBefore: null },
      { total: 1 },
      { totalBefore: 1 },
    ]);
  });

  test.each([
    ['all in one turn', 128, 3],
    ['more in the mailbox than a turn takes', 3, 3],
  ])(
    'a size that a blind write made unknowable is waited for, in order: %s',
    async (_, turnCommandsMax, commits) => {
      const { store, calls } = countingStore(createMemoryStore());
      const { engine } = startNode(store, { limits: { turnCommandsMax } });
      await mustAccept(engine, 'Put', { box: 'a', item: 'pen' });
      await mustAccept(engine, 'Put', { box: 'a', item: 'cup' });
      calls.commit = 0;
      const outcomes = await Promise.all([
        send(engine, 'Toss', { box: 'a', item: 'pen' }),
        send(engine, 'Put', { box: 'a', item: 'jar' }),
        send(engine, 'Count', { box: 'a' }),
        send(engine, 'Toss', { box: 'a', item: 'was never there' }),
        send(engine, 'Put', { box: 'a', item: 'mug' }),
      ]);
      expect(calls.commit).toBe(commits);
      expect(outcomes.map(dataOf)).toMatchObject([
        { item: 'pen' },
        { item: 'jar', wasThere: false, countBefore: 1 },
        { total: 1 },
        { item: 'was never there' },
        { item: 'mug', countBefore: 2 },
      ]);
      const versions = outcomes.map((o) => o.status !== 'failed' && o.actor.version);
      expect(versions).toEqual([3, 4, 5, 6, 7]);
      expect((await eventsOf(engine, 'a')).slice(2).map(({ type }) => type)).toEqual([
        'ItemTossed',
        'ItemPut',
        'Counted',
        'ItemTossed',
        'ItemPut',
      ]);
    },
  );
});
