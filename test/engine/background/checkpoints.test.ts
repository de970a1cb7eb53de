import { expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { deskApp, onWritten, stampOnce, writing } from '../../support/desk/index.ts';
import type { NodeFate } from '../../support/simulated-nodes.ts';
import { Office } from './office.ts';

const once = definePolicy({ name: 'once', machine: stampOnce, on: onWritten });
const other = definePolicy({ name: 'other', machine: stampOnce, on: onWritten });

/** Sets the policy's checkpoint by hand, as its holder could. */
async function setTo({ nodes: { store } }: Office, next: number): Promise<void> {
  const [lease] = await store.leases();
  const [expected] = await store.checkpoints('once');
  if (!lease || expected === undefined) throw new Error('nobody holds the partition');
  const checkpoints = [{ subscriber: 'once', expected, next }];
  const step = { partition: 0, fence: lease.fence, stepId: `to ${next}`, rows: [], checkpoints };
  expect(await store.step(step)).toEqual({ kind: 'done' });
}

test('a checkpoint that is set back while the feed grows passes no event more than twice', async () => {
  const taken: string[] = [];
  const machine = writing.createMachine({
    id: 'taking',
    context: { text: '' },
    initial: 'waiting',
    states: {
      waiting: {
        on: {
          Written: {
            target: 'ended',
            actions: writing.assign(({ event }) => {
              // Ends what would never end by itself.
              if (taken.length > 100) throw new Error('taken for ever');
              if (event.type === 'Written') taken.push(event.data.text);
              return {};
            }),
          },
        },
      },
      ended: { type: 'final' },
    },
  });
  const app = deskApp([definePolicy({ name: 'once', machine, on: onWritten })]);
  const office = await Office.open(app, { partitions: 1 });
  for (const text of ['first', 'second']) {
    await office.write('a', text);
    await office.idle();
  }
  // What is read again is read after more was committed than the partition's work has read.
  let goOn = () => {};
  const isWritten = new Promise<void>((resolve) => (goOn = resolve));
  let isReading = false;
  office.node.fate = async (method, args): Promise<NodeFate> => {
    if (method === 'readFeed' && args[1] === 0) {
      isReading = true;
      await isWritten;
    }
    return 'answered';
  };
  await setTo(office, 0);
  await office.until(() => isReading);
  await office.write('a', 'third');
  await office.time.advance(5);
  await office.write('a', 'fourth');
  goOn();
  await office.idle();
  await office.write('a', 'fifth');
  await office.idle();
  await office.time.advance(10_000);
  expect(taken).toEqual(['first', 'second', 'first', 'second', 'third', 'fourth', 'fifth']);
});

test('a checkpoint that is set beyond the head stops nobody else', async () => {
  const office = await Office.open(deskApp([once, other]), { partitions: 1 });
  await office.write('a', 'first');
  await office.idle();
  const [head = 0] = await office.nodes.store.heads();
  await setTo(office, head + 20);
  await office.node.stop();
  await office.join();
  await office.write('a', 'second');
  await office.until(async () => (await office.stamps()).length === 3);
  expect(await office.stamps()).toEqual(['first', 'first', 'second']);
});
