/** The package as those have it who install it: its entry, its types, its files. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USER = fileURLToPath(new URL('user', import.meta.url));
const run = promisify(execFile);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-package-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** Runs the user's server once; what it said. */
async function serve(): Promise<string> {
  const args = ['--import', 'tsx', join(USER, 'server.ts'), dir];
  return (await run(process.execPath, args, { cwd: ROOT })).stdout;
}

test('a server of one’s own app runs on it, and keeps its state', async () => {
  const first = { type: 'Counted', data: { by: 2, total: 2 } };
  const second = { type: 'Counted', data: { by: 2, total: 4 } };
  expect(await serve()).toBe(`200 ${JSON.stringify([first])}\n`);
  expect(await serve()).toBe(`200 ${JSON.stringify([second, first])}\n`);
});

test('its test kit tests that app, whatever runs the tests', async () => {
  const args = ['--import', 'tsx', '--test', '--test-reporter=tap', join(USER, 'counter-tests.ts')];
  const { stdout } = await run(process.execPath, args, { cwd: ROOT });
  expect(stdout).toMatch(/^# pass [1-9]/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});

test('its types hold for that server and those tests', async () => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', USER, '--listFilesOnly']);
  expect(stdout).toContain('dist/src/index.d.ts');
  await run(process.execPath, [tsc, '-p', USER]);
});

test('it is built when it is packed', () => {
  expect(manifest.scripts.prepack).toBe(manifest.scripts.prestart);
});

const packed = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);

test('all that it names is packed, and what a build leaves besides is not', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
  });
  const paths = packed.parse(JSON.parse(stdout))[0].files.map(({ path }) => path);
  const { '.': main, './testing': kit } = manifest.exports;
  const entries = [main, kit].flatMap(({ types, default: entry }) => [types, entry]);
  for (const named of [...entries, manifest.bin.everstate]) {
    expect(paths).toContain(named.replace(/^\.\//, ''));
  }
  expect(paths).toContain('dist/src/storage/redis/lua/commit.lua');
  expect(paths).toContain('dist/machines/index.js');
  expect(paths.filter((path) => !/^(dist\/(src|machines)\/|[\w.]+$)/.test(path))).toEqual([]);
});
