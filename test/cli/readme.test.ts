import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');
const readme = await read('README.md');

const server = spawn(
  process.execPath,
  ['--import', 'tsx', fileURLToPath(new URL('src/main.ts', root))],
  { env: { ...process.env, PORT: '0', STORE: 'memory', LOG_LEVEL: 'silent' } },
);
let url = '';
beforeAll(async () => {
  for await (const text of server.stdout) {
    url = /serves on (\S+)/.exec(String(text))?.[1] ?? '';
    if (url !== '') break;
  }
});
afterAll(() => {
  server.kill('SIGKILL');
});

/** What a line of the README that calls curl asks for, at the test's own server. */
function request(line: string): { readonly to: string; readonly init: RequestInit } {
  const part = (pattern: RegExp) => pattern.exec(line)?.[1];
  const path = part(/http:\/\/127\.0\.0\.1:3000(\S*)/);
  if (path === undefined) throw new Error(`no address in: ${line}`);
  const [name, value] = (part(/-H '([^']*)'/) ?? 'accept: */*').split(': ');
  const body = part(/-d '([^']*)'/);
  return {
    to: `${url}${path}`,
    init: {
      method: part(/-X (\S+)/) ?? 'GET',
      headers: { [name ?? '']: value ?? '' },
      ...(body === undefined ? {} : { body }),
    },
  };
}

/** What takes a person longer than the policies. */
async function untilIdle(): Promise<void> {
  const idle = async (): Promise<unknown> => (await fetch(`${url}/v1/policies`)).json();
  await expect.poll(idle, { timeout: 60_000 }).toMatchObject({ idle: true });
}

test('the first commands work as they stand', async () => {
  const lines = readme.split('\n').filter((line) => line.startsWith('curl '));
  expect(lines.length).toBeGreaterThan(3);
  const answers: unknown[] = [];
  for (const line of lines) {
    const { to, init } = request(line);
    if (init.method === 'GET') await untilIdle();
    const response = await fetch(to, init);
    expect(response.status, line).toBe(200);
    answers.push(await response.json());
  }
  const [following, , blocked, trail, policies] = answers.slice(-5);
  expect(following).toMatchObject({ aFollowsB: true, relationshipType: 'one_way' });
  expect(blocked).toMatchObject({ aFollowsB: false, relationshipType: 'blocked' });
  expect(trail).toMatchObject({
    items: [
      { type: 'FollowRemoved', data: { reason: 'blocked_by_followee' } },
      { type: 'FollowCreated' },
      { type: 'AccountRegistered' },
    ],
  });
  expect(policies).toMatchObject({ idle: true, policies: [{ name: 'blocking' }, {}, {}, {}] });
});

test('the pages it names are served', async () => {
  for (const path of ['/docs', '/openapi.json', '/livez', '/readyz']) {
    const response = await fetch(`${url}${path}`);
    await response.body?.cancel();
    expect(response.status, path).toBe(200);
  }
});

test('the settings it lists are those that are read', async () => {
  const source = await read('src/config.ts');
  const known = [...source.matchAll(/reading\.read(?:<[^>]*>)?\(\s*'([A-Z_]+)'/g)].map(
    ([, n]) => n,
  );
  const table = readme.slice(readme.indexOf('## Settings'), readme.indexOf('## What is promised'));
  const listed = [...table.matchAll(/^\| (.+?) \|/gm)]
    .flatMap(([, cell]) => [...(cell ?? '').matchAll(/`([A-Z_]+)`/g)])
    .map(([, name]) => name);
  expect(known.length).toBeGreaterThan(8);
  expect(listed.toSorted()).toEqual(known.toSorted());
});

test('the commands it names are there, and all that are there are named', async () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await read('package.json')));
  const named = new Set(
    [...readme.matchAll(/npm (?:run ([a-z:]+)|(start|test))/g)].map(([, run, own]) => run ?? own),
  );
  const own = Object.keys(scripts).filter((name) => !/^pre|^build$/.test(name));
  expect([...named].toSorted()).toEqual(own.toSorted());
});

test('the pages it links to exist', async () => {
  const links = [...readme.matchAll(/\]\((?!http)([^)]+)\)/g)].map(([, path]) => path ?? '');
  expect(links.length).toBeGreaterThan(3);
  for (const path of links) expect((await read(path)).length, path).toBeGreaterThan(100);
});
