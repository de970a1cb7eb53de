import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkpointFile } from '../../src/cli/checkpoint.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-checkpoint-'));
});
afterEach(() => rm(dir, { recursive: true }));

const of = { history: 'h', url: 'http://127.0.0.1:1/', cut: '1' };
const checkpoint = {
  version: 1 as const,
  history: 'h',
  url: of.url,
  acknowledged: 3,
  sent: 5,
  tally: { FollowAccount: { FollowCreated: 2 } },
  savedAt: 1,
};

test('what is saved is loaded, and nothing else is left behind', async () => {
  const file = checkpointFile(join(dir, 'state'), of);
  expect(await file.load()).toBeNull();
  await Promise.all([file.save(checkpoint), file.save({ ...checkpoint, acknowledged: 4 })]);
  await file.save({ ...checkpoint, acknowledged: 5 });
  expect(await file.load()).toEqual({ ...checkpoint, acknowledged: 5 });
  expect(await readdir(join(dir, 'state'))).toHaveLength(1);
  await file.remove();
  await file.remove();
  expect(await file.load()).toBeNull();
});

test('another history, server or cut has its own', async () => {
  await checkpointFile(dir, of).save(checkpoint);
  for (const change of [{ history: 'g' }, { url: 'http://127.0.0.1:2/' }, { cut: '2' }]) {
    expect(await checkpointFile(dir, { ...of, ...change }).load()).toBeNull();
  }
});

test.each(['', '{"version":1', '{}', 'null'])(
  'a file that reads %j is no checkpoint',
  async (text) => {
    const file = checkpointFile(dir, of);
    await writeFile(file.path, text);
    expect(await file.load()).toBeNull();
  },
);
