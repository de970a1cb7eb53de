/** An app of actors alone has no background work, but for the index while somebody looks. */
import { expect, test } from 'vitest';
import { account } from '../../../machines/account/aggregate.ts';
import { defineApp } from '../../../src/define/index.ts';
import { DEFAULT_BACKGROUND_LIMITS } from '../../../src/engine/background/limits.ts';
import { SimulatedNodes } from '../../support/simulated-nodes.ts';

const app = defineApp({ aggregates: [account] });
const { indexWantedMs } = DEFAULT_BACKGROUND_LIMITS;

test('leases are held while somebody looks, given back after that, and taken again', async () => {
  const nodes = new SimulatedNodes({ partitions: 2 });
  const node = await nodes.start(app);
  const { actorIndex } = node.engine.inside;
  const register = (id: string) =>
    nodes.send(node, 'RegisterAccount', {
      accountId: id,
      email: `${id}@example.org`,
      username: `name_${id}`,
    });
  const holders = async () => (await nodes.store.leases()).map((lease) => lease?.node ?? null);
  const found = async () => {
    const search = { types: ['account'], state: null, id: null, restMs: null };
    const { items } = await nodes.run(actorIndex.search({ ...search, limit: 10, after: null }));
    return items.map(({ id }) => id).sort();
  };

  const ids = ['ann', 'bob', 'cid'];
  await register('ann');
  await nodes.time.advance(10_000);
  expect(await holders()).toEqual([null, null]);

  for (const [place, next] of ['bob', 'cid', 'dan'].entries()) {
    await nodes.run(actorIndex.want());
    await nodes.time.advance(10_000);
    const [first, ...others] = await holders();
    expect(first).not.toBeNull();
    expect(others).toEqual([first]);
    expect(await found()).toEqual(ids.slice(0, place + 1));
    // Who looks again before that has it go on.
    await nodes.time.advance(0.8 * indexWantedMs);
    await nodes.run(actorIndex.want());
    await nodes.time.advance(0.8 * indexWantedMs);
    expect(await holders()).toEqual([first, first]);
    await nodes.time.advance(0.3 * indexWantedMs);
    expect(await holders()).toEqual([null, null]);
    // A commit wakes nobody.
    const asked: string[] = [];
    node.fate = (method) => {
      asked.push(method);
      return 'answered';
    };
    await register(next);
    await nodes.time.advance(1_000);
    expect(asked).not.toContain('rest');
    expect(asked).not.toContain('readFeed');
  }
  await nodes.run(actorIndex.want());
  await nodes.time.advance(1_000);
  await node.stop();
  expect(await holders()).toEqual([null, null]);
  expect(node.log.errors).toEqual([]);
});

test('the faster records come the more of them are taken together', async () => {
  const nodes = new SimulatedNodes({ partitions: 1 });
  const node = await nodes.start(app);
  await nodes.run(node.engine.inside.actorIndex.want());
  await nodes.time.advance(10_000);
  const asked = { step: 0, readFeed: 0 };
  node.fate = (method) => {
    if (method === 'step' || method === 'readFeed') asked[method] += 1;
    return 'answered';
  };
  const come = async (count: number, everyMs: number) => {
    [asked.step, asked.readFeed] = [0, 0];
    for (let n = 0; n < count; n++) {
      const id = `u${everyMs}_${n}`;
      const body = { accountId: id, email: `${id}@example.org`, username: id };
      await nodes.send(node, 'RegisterAccount', body);
      await nodes.time.advance(everyMs);
    }
    return { ...asked };
  };
  // One in two seconds: each is taken by itself.
  expect((await come(5, 2_000)).step).toBe(5);
  const { step, readFeed } = await come(300, 20);
  expect(step).toBeLessThan(15);
  expect(readFeed).toBeLessThan(40);
  expect(node.log.errors).toEqual([]);
  await node.stop();
});
