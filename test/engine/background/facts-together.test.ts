/** What policies ask of all partitions is asked once for many messages, however far behind they are. */
import { expect, test } from 'vitest';
import { app } from '../../../machines/index.ts';
import { SimulatedNodes } from '../../support/simulated-nodes.ts';

const ACCOUNTS = 200;

test('a node that begins behind many deactivations asks for heads and checkpoints a few times', async () => {
  const nodes = new SimulatedNodes({ partitions: 2 });
  const first = await nodes.start(app);
  await first.stop();
  const sender = nodes.make(app);
  for (let place = 0; place < ACCOUNTS; place++) {
    const accountId = `a${place}`;
    const email = `${accountId}@example.org`;
    await nodes.send(sender, 'RegisterAccount', { accountId, email, username: `name${place}` });
    await nodes.send(sender, 'DeactivateAccount', { accountId });
  }
  const asked = { heads: 0, checkpoints: 0 };
  const node = nodes.make(app);
  node.fate = (method) => {
    if (method === 'heads' || method === 'checkpoints') asked[method] += 1;
    return 'answered';
  };
  await nodes.run(node.engine.start());
  const unfinished = async () => {
    const surveys = [0, 1].map((each) => nodes.store.survey(each, ['instance/account-cleanup']));
    return (await Promise.all(surveys)).reduce(
      (sum, { tables }) => sum + (tables[0]?.rows ?? 0),
      0,
    );
  };
  await nodes.until(async () => (await unfinished()) > 0);
  await nodes.until(async () => (await unfinished()) === 0);
  expect(node.log.errors).toEqual([]);
  expect(asked.heads).toBeGreaterThan(0);
  expect(asked.heads).toBeLessThan(ACCOUNTS / 10);
  expect(asked.checkpoints).toBeLessThan(ACCOUNTS / 10);
});
