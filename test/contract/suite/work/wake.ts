import { describe, expect, test } from 'vitest';
import type { Store } from '../../../../src/engine/store.ts';
import type { Woken } from '../../../../src/engine/work-store.ts';
import { act, entry, HOUR_MS, newActorIn, record, type StoreUnderTest, unique } from '../draft.ts';
import {
  expectHeard,
  giveBack,
  type Held,
  hold,
  item,
  NEXT,
  PATIENCE,
  row,
  whileListening,
} from './draft.ts';

const PARTITION = 3;

/** Rests at the head as it is. */
async function restAtHead(store: Store, { partition, fence }: Held): Promise<boolean> {
  const head = (await store.heads())[partition] ?? 0;
  const reply = await store.rest({ partition, fence, head, tables: [] });
  return reply.kind === 'looked' && reply.resting;
}

function commitTo(store: Store, partition: number): Promise<unknown> {
  return act(store, newActorIn(partition), { records: [record('{}')] });
}

function postTo(store: Store, partition: number): Promise<boolean> {
  return store.post({ partition, expected: [], rows: [row(unique('table'), 'a', '1', NEXT)] });
}

/** Who is told of news. */
export function wakeContract(store: StoreUnderTest): void {
  describe('a wake-up', () => {
    test('comes with the next commit to a partition that rests', async () => {
      await whileListening(store(), async (heard) => {
        const [held, other] = [await hold(store(), PARTITION), await hold(store(), 0)];
        for (let round = 1; round <= 3; round++) {
          const before = heard.filter((woken) => woken === PARTITION).length;
          expect(await restAtHead(store(), held)).toBe(true);
          expect(await restAtHead(store(), other)).toBe(true);
          await commitTo(store(), PARTITION);
          const count = () => heard.filter((woken) => woken === PARTITION).length;
          await expect.poll(count, PATIENCE).toBeGreaterThan(before);
        }
      });
    });

    test('comes, or the holder does not rest, where a commit is made meanwhile', async () => {
      for (let round = 0; round < 20; round++) {
        await whileListening(store(), async (heard) => {
          const held = await hold(store(), PARTITION);
          const writes = Array.from({ length: round % 4 }, () => commitTo(store(), PARTITION));
          const [isResting] = await Promise.all([
            restAtHead(store(), held),
            commitTo(store(), PARTITION),
            ...writes,
          ]);
          if (isResting) await expectHeard(heard, PARTITION);
        });
      }
    });

    test('comes with a post that is made', async () => {
      await whileListening(store(), async (heard) => {
        await postTo(store(), PARTITION);
        await expectHeard(heard, PARTITION);
      });
    });

    test('comes with a transfer that writes rows', async () => {
      await whileListening(store(), async (heard) => {
        const owner = newActorIn(PARTITION);
        const entries = [{ owner, ...entry('entries', 'a', 1) }];
        const rows = [row(unique('table'), 'a', '1', NEXT)];
        const items = [item(1, { rows }), item(2, { entries })];
        await store().transfer({ partition: PARTITION, cursor: unique('cursor'), items });
        await expectHeard(heard, PARTITION);
      });
    });

    test('of the nodes comes when one leaves, and when a lease is given back', async () => {
      const node = unique('node');
      await store().beat(node, HOUR_MS);
      await whileListening(store(), async (heard) => {
        await store().leave(node);
        await expectHeard(heard, 'nodes');
      });
      const held = await hold(store(), PARTITION);
      await whileListening(store(), async (heard) => {
        await giveBack(store(), held);
        await expectHeard(heard, 'nodes');
      });
    });

    test('comes to each who listens, and to nobody who has ended it', async () => {
      const ended: Woken[] = [];
      const listener = (woken: Woken) => {
        ended.push(woken);
      };
      const [end, endOther] = [store().onWake(listener), store().onWake(listener)];
      await whileListening(store(), (first) =>
        whileListening(store(), async (second) => {
          await postTo(store(), PARTITION);
          for (const heard of [first, second]) await expectHeard(heard, PARTITION);
          await expect.poll(() => ended.length, PATIENCE).toBeGreaterThanOrEqual(2);
          end();
          endOther();
          end();
          const before = ended.length;
          await postTo(store(), 0);
          for (const heard of [first, second]) await expectHeard(heard, 0);
          expect(ended).toHaveLength(before);
        }),
      );
    });
  });
}
