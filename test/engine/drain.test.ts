import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { type Fate, faultyStore, type Method } from '../support/faulty-store.ts';
import { command, send, startNode, stateOf, until, word } from '../support/node.ts';

/** A store whose commits wait until they are let go. */
function heldCommits() {
  const held: (() => void)[] = [];
  const memory = createMemoryStore();
  const store = faultyStore(memory, async (method) => {
    if (method === 'commit') await new Promise<void>((go) => held.push(go));
    return 'answered' as const;
  });
  const letGo = () => {
    for (const go of held.splice(0)) go();
  };
  return { memory, store, held, letGo };
}

describe('a node that is drained', () => {
  test('takes nothing more and ends what it took', async () => {
    const { memory, store, held, letGo } = heldCommits();
    const { engine } = startNode(store);
    const running = send(engine, 'Count', { box: 'a' });
    await until(() => held.length === 1);
    const queued = send(engine, 'Count', { box: 'a' });
    let isDrained = false;
    const drained = engine.drain().then(() => {
      isDrained = true;
    });
    const late = await send(engine, 'Count', { box: 'a' });
    expect(late).toMatchObject({ failure: { code: 'overloaded', limit: 'node' } });
    letGo();
    expect(word(await running)).toBe('accepted');
    expect(isDrained).toBe(false);
    await until(() => held.length === 1);
    letGo();
    expect(word(await queued)).toBe('accepted');
    await drained;
    expect((await stateOf(memory, 'a')).version).toBe(2);
  });

  test('takes nothing more while an async command ends', async () => {
    const { store, held, letGo } = heldCommits();
    const { engine } = startNode(store);
    const pending = await engine.submitAsync(command(engine, 'Count', { box: 'a' }), {
      principal: 'test',
    });
    await until(() => held.length === 1);
    const drained = engine.drain();
    expect(word(await send(engine, 'Count', { box: 'b' }))).toBe('overloaded');
    const late = await engine.submitAsync(command(engine, 'Count', { box: 'b' }), {
      principal: 'test',
    });
    expect(late).toMatchObject({ failure: { code: 'overloaded', limit: 'node' } });
    letGo();
    await drained;
    expect(await engine.asyncOutcome(pending.commandId)).toMatchObject({ status: 'accepted' });
  });

  test('is drained at once where nothing is pending', async () => {
    const { engine } = startNode(createMemoryStore());
    await engine.drain();
  });

  test('counts each command once, though the store goes away while answers are looked up', async () => {
    let fate: (method: Method) => Promise<Fate> | Fate = () => 'answered';
    const memory = createMemoryStore();
    const { engine } = startNode(faultyStore(memory, (method) => fate(method)));
    const { engine: other } = startNode(memory, { seed: 2 });
    fate = async (method) => {
      if (method !== 'commit') return 'answered' as const;
      // The other node answers the first of the two, and then the store is gone for the second.
      await send(other, 'Count', { box: 'a' }, { idempotencyKey: 'one' });
      let replies = 0;
      fate = (next) => (next === 'reply' && replies++ > 0 ? 'refused' : 'answered');
      return 'answered' as const;
    };
    const outcomes = await Promise.all([
      send(engine, 'Count', { box: 'a' }, { idempotencyKey: 'one' }),
      send(engine, 'Count', { box: 'a' }, { idempotencyKey: 'two' }),
    ]);
    expect(outcomes.map(word)).toContain('unavailable');
    await engine.drain();
    expect((await stateOf(memory, 'a')).version).toBe(1);
  });
});
