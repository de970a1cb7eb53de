import { expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { FeedWindow, type PassedRecord } from '../../../src/engine/background/feed-window.ts';
import { DEFAULT_BACKGROUND_LIMITS } from '../../../src/engine/background/limits.ts';
import { Pauses } from '../../../src/engine/background/pauses.ts';
import { preparePolicy } from '../../../src/engine/background/policy-runtime.ts';
import { Sources } from '../../../src/engine/background/sources.ts';
import { transferring } from '../../../src/engine/background/transferring.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import { deskApp, onWritten, stampOnce } from '../../support/desk/index.ts';
import { createTestLog } from '../../support/runtime.ts';
import { Office } from './office.ts';

/** A window whose feed grows right after somebody looked into it. */
class GrowingWindow extends FeedWindow {
  onGrowth = () => {};

  override async after(position: number): Promise<readonly PassedRecord[]> {
    const records = await super.after(position);
    if (await this.fill()) this.onGrowth();
    return records;
  }
}

test('news of the feed that come while it is looked at are taken up', async () => {
  const once = definePolicy({ name: 'once', machine: stampOnce, on: onWritten });
  const office = new Office(deskApp([once]), { partitions: 1 });
  await office.write('a', 'text');
  const { store, time } = office.nodes;
  const runtime = time.runtime();
  const window = new GrowingWindow(store, 0, DEFAULT_BACKGROUND_LIMITS, 0);
  const sources = new Sources(
    {
      store,
      transfer: transferring(store),
      runtime,
      log: createTestLog(),
      limits: DEFAULT_BACKGROUND_LIMITS,
      partition: 0,
      window,
      pauses: new Pauses({ store, runtime, limits: DEFAULT_BACKGROUND_LIMITS }, ['once']),
      hasRoom: () => true,
      onNews: () => {},
      ending: new AbortController().signal,
    },
    preparePolicy(once, DEFAULT_LIMITS, runtime, true),
  );
  window.onGrowth = () => sources.feed();
  expect(await sources.gather(0)).toMatchObject({ arrivals: [], next: 0 });
  expect(await sources.gather(0)).toMatchObject({ arrivals: [{}], next: 1 });
  expect(await sources.gather(1)).toMatchObject({ arrivals: [], next: 1 });
});
