import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { actorKey, partitionOf } from '../../src/engine/address.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { openEmbeddedStore } from '../../src/storage/embedded/index.ts';
import { send } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';
import { temporaryDir } from '../support/stores.ts';

interface Ended {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

function audit(...args: readonly string[]): Promise<Ended> {
  const command = ['dist/src/cli/index.js', 'audit', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, (error, out, err) => {
      resolve({ exit: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

/** A store where ann follows bob, and bob's block of ann stands beside it. */
async function withBlockBeside(): Promise<string> {
  const dir = await temporaryDir();
  const store = await openEmbeddedStore({ dir });
  const runtime = createSystemRuntime();
  const engine = createEngine({ app, store, runtime, log: createTestLog() });
  for (const id of ['ann', 'bob']) {
    const body = { accountId: id, email: `${id}@example.org`, username: `user_${id}` };
    expect(await send(engine, 'RegisterAccount', body)).toMatchObject({ status: 'accepted' });
  }
  const follow = { followerId: 'ann', followeeId: 'bob' };
  expect(await send(engine, 'FollowAccount', follow)).toMatchObject({ status: 'accepted' });
  const owner = { type: 'account', id: 'bob' };
  const partition = partitionOf(actorKey(owner), store.partitions);
  const entries = [{ owner, collection: 'blocked', key: 'ann', at: 1, value: null }];
  const items = [{ position: 1, rows: [], entries }];
  await store.transfer({ partition, cursor: 'planted', items });
  await engine.drain();
  await store.close();
  return dir;
}

test('what does not fit is told, mended when asked, and gone then', async () => {
  const dir = await withBlockBeside();
  const told = await audit('--store', dir);
  expect(told).toMatchObject({ exit: 1, err: '' });
  expect(told.out).toContain('found  follows-that-may-stand  account:ann: RemoveFollower');
  expect(told.out).toContain('2 actors looked at. Does not fit: 1; fits by now: 0. Mend it');
  const mended = await audit('--store', dir, '--mend', '--json');
  expect(mended).toMatchObject({ exit: 0, err: '' });
  expect(JSON.parse(mended.out)).toMatchObject({ at: 'account:ann', mending: 'mended' });
  const after = await audit('--store', dir);
  expect(after).toEqual({ exit: 0, err: '', out: '2 actors looked at: all fits.\n' });
});

test('where there is no store, or the words are wrong, that is said', async () => {
  const dir = await temporaryDir();
  const none = await audit('--store', dir);
  expect(none.exit).toBe(2);
  expect(none.err).toContain(`There is no store in the directory ${dir}`);
  expect(await audit('--rate', '0')).toMatchObject({ exit: 2 });
  expect(await audit('everything')).toMatchObject({ exit: 2 });
  expect((await audit('--help')).out).toContain('--mend');
});
