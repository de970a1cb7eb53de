/** Whatever becomes of nodes and of what they ask the store, the index ends as the actors are. */
import { expect, test } from 'vitest';
import { app } from '../../../machines/index.ts';
import { oneOf, randomFrom, SEED } from '../../faults/seed.ts';
import { SimulatedNodes } from '../../support/simulated-nodes.ts';
import { folded, IDS, pages, records } from '../actor-index-world.ts';

const ROUNDS = 6;
const COMMANDS = 12;
const LIMITS = { indexPage: 4, indexIntervalMs: 5, indexLingerMs: 5, indexRecordsMax: 30 };

test('the index survives nodes that die in their steps, lost replies, and outages', async () => {
  const random = randomFrom(SEED);
  const nodes = new SimulatedNodes({ seed: SEED, partitions: 2 });
  const client = await nodes.start(app, { backgroundLimits: LIMITS });
  for (let round = 0; round < ROUNDS; round++) {
    const other = await nodes.start(app, { backgroundLimits: LIMITS });
    let calls = 0;
    const diesAt = 5 + Math.floor(random() * 120);
    other.fate = (method) => {
      calls += 1;
      if (calls > diesAt && (method === 'step' || method === 'post')) {
        return random() < 0.5 ? 'dies before' : 'dies after';
      }
      if (random() < 0.1) return oneOf(random, ['reply lost', 'request lost', 'refused'] as const);
      return 'answered';
    };
    await nodes.run(client.engine.inside.actorIndex.want());
    for (let n = 0; n < COMMANDS; n++) {
      const [accountId, followeeId] = [oneOf(random, IDS), oneOf(random, IDS)];
      const username = `user_${IDS.indexOf(accountId)}`;
      const email = `${username}@example.org`;
      if (n % 3 === 0) {
        await nodes.send(client, 'RegisterAccount', { accountId, email, username });
      } else if (n % 3 === 1) {
        await nodes.send(client, 'FollowAccount', { followerId: accountId, followeeId });
      } else await nodes.send(client, 'DeactivateAccount', { accountId });
      await nodes.time.advance(Math.floor(random() * 400));
    }
    other.crash();
    await nodes.run(client.engine.inside.actorIndex.want());
    await nodes.untilIdle(client);
    const found = await nodes.run(pages(client.engine, {}));
    expect(found, `round ${round}`).toEqual(folded(await records(nodes.store)));
    expect(client.log.errors).toEqual([]);
  }
  await client.stop();
});
