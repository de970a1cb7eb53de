import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endsWithTests } from '../support/children.ts';
import { FakeServer } from './fake-server.ts';

const CLI = fileURLToPath(new URL('../../src/cli/index.ts', import.meta.url));

let dir: string;
let server: FakeServer;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'everstate-cli-'));
  server = await new FakeServer().start();
});
afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

function everstate(...args: string[]) {
  const child = endsWithTests(
    spawn(process.execPath, ['--import', 'tsx', CLI, ...args], {
      env: { ...process.env, XDG_STATE_HOME: dir },
    }),
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (exit) => resolve({ exit, out, err }));
  });
  return { child, ended };
}

const run = (...args: string[]) => everstate(...args).ended;

/** People who follow and block one another, no two of them twice. */
async function ratingsFile(people: number, lines: number): Promise<string> {
  const file = join(dir, 'ratings.csv');
  const text = Array.from({ length: lines }, (_, n) => {
    const rated = (n + 1 + Math.floor(n / people)) % people;
    return `${n % people},${rated},${n % 9 ? 1 : -1},${n}`;
  });
  await writeFile(file, `${text.join('\n')}\n`);
  return file;
}

/** Follows that blocks end, one that stays, one refused, one twice. */
async function entangledFile(): Promise<string> {
  const file = join(dir, 'entangled.csv');
  const lines = ['1,2,5', '2,1,-5', '1,2,3', '3,1,1', '3,1,1', '1,3,-2', '2,3,4'];
  await writeFile(file, lines.map((line, n) => `${line},${n}\n`).join(''));
  return file;
}

test.each([
  [[]],
  [['fly']],
  [['replay']],
  [['replay', 'a', 'b']],
  [['replay', 'a', '--often']],
  [['demo', '--people', '1']],
  [['demo', '--url', 'ftp://x']],
  [['serve', 'x']],
  [['policies', 'x']],
  [['policies', '--all']],
  [['dead-letters', 'bury']],
  [['dead-letters', '--all']],
  [['dead-letters', 'retry']],
  [['dead-letters', 'retry', 'a', 'b']],
  [['dead-letters', 'discard', 'a', '--all']],
  [['dead-letters', 'discard', 'a', '--policy', 'blocking']],
])('%j is not understood: usage, exit code 2', async (args: string[]) => {
  const { exit, err } = await run(...args);
  expect(exit).toBe(2);
  expect(err).toMatch(/^everstate: .+\n\neverstate /);
});

test('help tells what there is', async () => {
  const [all, replay, demo, policies, letters] = await Promise.all([
    run('help'),
    run('replay', '--help'),
    run('demo', '-h'),
    run('policies', '-h'),
    run('dead-letters', '-h'),
  ]);
  for (const { exit } of [all, replay, demo, policies, letters]) expect(exit).toBe(0);
  expect(policies.out).toContain('--token');
  expect(letters.out).toContain('--policy');
  expect(all.out).toContain('serve');
  expect(replay.out).toContain('--resend-expired');
  expect(demo.out).toContain('--seed');
});

test('replay sums up what came of a file, and says so again when asked again', async () => {
  const file = await ratingsFile(500, 4_500);
  const first = await run('replay', file, '--url', server.url.href);
  expect(first).toMatchObject({ exit: 0, err: '' });
  expect(first.out).toMatch(/RegisterAccount +AccountRegistered +500\n/);
  expect(first.out).toMatch(/total +5,000\n/);
  expect(first.out).toMatch(/100% {2}5000\/5000/);
  expect(server.accounts.size).toBe(500);
  expect(first.out).toContain('All figures are those of the file.');
  const again = await run('replay', file, '--url', server.url.href);
  expect(again.exit).toBe(0);
  expect(again.out).toContain('--fresh');
  expect(server.requests).toHaveLength(6);
  const events = [...server.events];
  expect((await run('replay', file, '--url', server.url.href, '--fresh')).out).toMatch(
    /total +5,000\n/,
  );
  expect(server.requests).toHaveLength(12);
  expect(server.events).toEqual(events);
});

test('a malformed file is named with its line before anything is sent', async () => {
  const file = join(dir, 'bad.csv');
  await writeFile(file, '1,2,3,4\n1,2,3\n');
  const { exit, err } = await run('replay', file, '--url', server.url.href);
  expect(exit).toBe(2);
  expect(err).toContain('line 2');
  expect(server.requests).toEqual([]);
});

test('Ctrl-C ends in order, and the same command goes on', async () => {
  const file = await ratingsFile(500, 7_000);
  const { child, ended } = everstate('replay', file, '--url', server.url.href);
  server.onRequest = (request) => {
    if (request === 3) child.kill('SIGINT');
  };
  const interrupted = await ended;
  expect(interrupted.exit).toBe(130);
  expect(interrupted.out).toContain('the same command goes on');
  const { length } = server.requests;
  expect(length).toBeLessThan(8);
  const { exit, out } = await run('replay', file, '--url', server.url.href);
  expect(exit).toBe(0);
  expect(out).toMatch(/total +7,500\n/);
  expect(server.requests).toHaveLength(8);
});

test('killed in the middle, the same command goes on and counts everything once', async () => {
  const file = await ratingsFile(500, 7_000);
  const { child, ended } = everstate('replay', file, '--url', server.url.href);
  server.onRequest = (request) => {
    if (request === 5) child.kill('SIGKILL');
  };
  expect((await ended).exit).toBeNull();
  const { out } = await run('replay', file, '--url', server.url.href);
  expect(out).toMatch(/total +7,500\n/);
  expect(server.events).toHaveLength(new Set(server.events).size);
});

test('replay waits for the policies, then finds every figure as the file says', async () => {
  server.policies.looksUntilIdle = 12;
  const { exit, out, err } = await run('replay', await entangledFile(), '--url', server.url.href);
  expect({ exit, err }).toEqual({ exit: 0, err: '' });
  expect(out).toMatch(/The policies are at work: blocking \d+ records behind, 1,200 in flight; /);
  const figures = out.slice(out.indexOf('the file'));
  for (const [figure, n] of [
    ['accounts registered', 3],
    ['FollowCreated', 3],
    ['FollowAccount with no effect', 1],
    ['FollowRejected, blocked', 1],
    ['AccountBlocked', 2],
    ['FollowRemoved', 2],
    ['follows left', 1],
    ['pairs that follow and block at once', 0],
  ]) {
    expect(figures).toMatch(new RegExp(`${figure} +${n} +${n}\n`));
  }
});

test('replay reads trails and lists of many pages', async () => {
  const file = join(dir, 'star.csv');
  const lines = Array.from({ length: 450 }, (_, n) => `0,${n + 1},${n < 225 ? 1 : -1},${n}\n`);
  await writeFile(file, lines.join(''));
  const { exit, out } = await run('replay', file, '--url', server.url.href);
  expect(out).toMatch(/follows left +225 +225\n/);
  expect(out).toMatch(/AccountBlocked +225 +225\n/);
  expect(exit).toBe(0);
});

test('replay fails where the policies did not do their part', async () => {
  server.policies.working = false;
  server.policies.letters.push({ id: 'a', policy: 'blocking', waiting: 0 });
  const { exit, out, err } = await run('replay', await entangledFile(), '--url', server.url.href);
  expect(exit).toBe(1);
  expect(out).toMatch(/FollowRemoved +2 +0 +<- differs\n/);
  expect(out).toMatch(/follows left +1 +3 +<- differs\n/);
  expect(out).toMatch(/at once +0 +2 +<- differs\n/);
  expect(err).toContain('3 figures differ');
  expect(err).toContain('1 messages were given up on');
});

test('Ctrl-C ends the wait for the policies, and the same command looks again', async () => {
  server.policies.stuck = true;
  const file = await entangledFile();
  const { child, ended } = everstate('replay', file, '--url', server.url.href);
  await expect.poll(() => server.policies.looks).toBeGreaterThan(1);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ exit: 130 });
  const { length } = server.requests;
  server.policies.stuck = false;
  const again = await run('replay', file, '--url', server.url.href);
  expect(again.out).toContain('All figures are those of the file.');
  expect(server.requests).toHaveLength(length);
});

test('demo fills a server and says what to look at', async () => {
  const { exit, out } = await run(
    'demo',
    '--url',
    server.url.href,
    '--people',
    '50',
    '--commands',
    '500',
  );
  expect(exit).toBe(0);
  expect(out).toMatch(/total +550\n/);
  expect(out).toContain(`${server.url.href}v1/relationships/demo-1-`);
  expect(out).toMatch(/A block takes a follow with it:\n.* follows .* FollowCreated\n/);
  expect(out).toMatch(/ blocks .* AccountBlocked\n.* \d+ ms later +FollowRemoved: blocked_by_f/);
  expect(server.accounts.size).toBe(50);
});

test('demo without a server says how to start one', async () => {
  const { href } = server.url;
  await server.stop();
  const { exit, err } = await run('demo', '--url', href);
  expect(exit).toBe(1);
  expect(err).toBe(`No server answers at ${href}. Start one with: npm start\n`);
});
