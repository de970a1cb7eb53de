import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreRefused } from '../../../src/engine/store.ts';
import { openEmbeddedStore } from '../../../src/storage/embedded/index.ts';
import { openDisk } from '../../../src/storage/embedded/lmdb-disk.ts';
import { keys, LAYOUT } from '../../../src/storage/kv/keys.ts';
import { act, fetchOf, newActor } from '../../contract/suite/draft.ts';
import { closing, newDir, writeOne } from './support.ts';

async function expectRefused(dir: string, message: string | RegExp): Promise<void> {
  const opening = openEmbeddedStore({ dir });
  await expect(opening).rejects.toThrow(StoreRefused);
  await expect(opening).rejects.toThrow(message);
}

async function made(dir: string, partitions?: number): Promise<void> {
  const store = await openEmbeddedStore({
    dir,
    ...(partitions === undefined ? {} : { partitions }),
  });
  await writeOne(store);
  await store.close();
}

describe('an embedded store', () => {
  test('makes its directory, and has after a restart what it had before', async () => {
    const dir = join(newDir(), 'deep', 'data');
    const actor = newActor();
    const first = await openEmbeddedStore({ dir });
    await act(first, actor, { state: '{"n":1}', view: '{"v":1}' });
    await first.close();
    const store = closing(await openEmbeddedStore({ dir }));
    const { actor: row, views } = await fetchOf(store, { actor, views: [actor] });
    expect(row?.state).toBe('{"n":1}');
    expect(views).toEqual(['{"v":1}']);
  });

  test('may have a dot in the name of its directory', async () => {
    const dir = join(newDir(), 'data.v2');
    await made(dir);
    const store = closing(await openEmbeddedStore({ dir }));
    expect(store.partitions).toBe(1);
  });

  test('has one partition unless it is told otherwise, and keeps the number it was made with', async () => {
    const [usual, seven] = [newDir(), newDir()];
    await made(usual);
    await made(seven, 7);
    expect(closing(await openEmbeddedStore({ dir: usual })).partitions).toBe(1);
    await expect(openEmbeddedStore({ dir: seven, partitions: 8 })).rejects.toThrow(
      'was made with PARTITIONS=7, which is fixed for a store: leave the setting unset, or set it so, not to 8',
    );
    expect(closing(await openEmbeddedStore({ dir: seven })).partitions).toBe(7);
  });

  test('of another key layout is refused', async () => {
    const dir = newDir();
    const disk = openDisk(dir);
    await disk.write([[keys.meta, JSON.stringify({ layout: LAYOUT + 1, partitions: 64 })]]);
    await disk.close();
    await expectRefused(dir, `has key layout ${LAYOUT + 1}`);
  });

  test('is not made of a file that is not LMDB’s', async () => {
    for (const content of ['short', 'some other file '.repeat(2000)]) {
      const dir = newDir();
      writeFileSync(join(dir, 'data.mdb'), content);
      await expectRefused(dir, 'it is no LMDB data file');
    }
  });

  test('is not made of a file that was cut off', async () => {
    const dir = newDir();
    await made(dir);
    truncateSync(join(dir, 'data.mdb'), 8192);
    await expectRefused(dir, 'it is cut off');
    truncateSync(join(dir, 'data.mdb'), 4096);
    await expectRefused(dir, 'it is cut off');
  });

  test('is not made of another program’s data', async () => {
    const dir = newDir();
    const other = open({ path: dir });
    await other.put('some', { thing: 1 });
    await other.close();
    await expectRefused(dir, 'holds data that is not Everstate’s'.replace('’', "'"));
  });

  test('is refused where there is a file for a directory', async () => {
    const file = join(newDir(), 'file');
    writeFileSync(file, '');
    await expectRefused(file, 'cannot be used');
  });

  test('is refused where it may not write', async () => {
    // Nothing but a file system of the kernel’s own keeps the superuser from writing.
    const isSuperuser = process.getuid?.() === 0;
    const dir = isSuperuser ? '/sys/kernel' : newDir();
    if (!isSuperuser) chmodSync(dir, 0o500);
    await expectRefused(dir, /cannot be (used|opened): .*(denied|not permitted)/i);
  });

  test.runIf(existsSync('/dev/shm'))('warns of a directory that lies in memory', async () => {
    const dir = mkdtempSync('/dev/shm/everstate-');
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    closing(await openEmbeddedStore({ dir, onWarning }));
    expect(warnings).toEqual([expect.stringContaining(`${dir} lies in memory`)]);
  });

  test('can be moved as a file', async () => {
    const [from, to] = [newDir(), newDir()];
    await made(from, 5);
    copyFileSync(join(from, 'data.mdb'), join(to, 'data.mdb'));
    expect(closing(await openEmbeddedStore({ dir: to })).partitions).toBe(5);
  });

  test('refused once can be opened when the cause is gone', async () => {
    const dir = newDir();
    await made(dir, 7);
    await expect(openEmbeddedStore({ dir, partitions: 8 })).rejects.toThrow(StoreRefused);
    await writeOne(closing(await openEmbeddedStore({ dir, partitions: 7 })));
  });

  test('that is closed says so', async () => {
    const store = await openEmbeddedStore({ dir: newDir() });
    await Promise.all([store.close(), store.close()]);
    await expect(writeOne(store)).rejects.toMatchObject({
      name: 'StoreUnavailable',
      applied: 'no',
    });
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.reply(newActor(), 'c')).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });
});
