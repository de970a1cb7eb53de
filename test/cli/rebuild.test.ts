import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { followRebuild, type RebuildEnd } from '../../src/cli/follow-rebuild.ts';
import { UsageError } from '../../src/cli/options.ts';
import { rebuild } from '../../src/cli/rebuild.ts';
import { serverLink } from '../../src/cli/server-link.ts';
import { endsWithTests } from '../support/children.ts';
import { AT_REST, building, REBUILT } from './fake-rebuilds.ts';
import { FakeServer } from './fake-server.ts';

const CLI = fileURLToPath(new URL('../../src/cli/index.ts', import.meta.url));

let server: FakeServer;
let out: string[] = [];
let err: string[] = [];
beforeEach(async () => {
  server = await new FakeServer().start();
  [out, err] = [[], []];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, 'error').mockImplementation((line: string) => void err.push(line));
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => out.push(`${line}`) > 0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.stop();
});

const at = () => ['--url', server.url.href];
const shown = () => out.join('\n');

describe('everstate rebuild', () => {
  test('shows how the read models fare', async () => {
    server.rebuilds.looks = [AT_REST, building(400, 1_200), building(9, 9, 'entering')];
    for (let look = 0; look < 3; look++) expect(await rebuild(at())).toBe(0);
    const [wanted, half, entering] = out;
    expect(wanted?.split('\n')).toEqual([
      'projection  version    lag  oldest pending  rebuild',
      'followers         1      0               -  wants a rebuild',
      'usernames         1  1,200               -  -',
    ]);
    expect(half).toMatch(/followers .* version 2 has passed 400 of 1,200\n/);
    expect(entering).toMatch(/followers .* version 2 takes its place shortly\n/);
    expect(server.rebuilds.said).toEqual([]);
  });

  test('begins one, and shows how far it is until it is read', async () => {
    server.rebuilds.looks = [
      AT_REST,
      building(0, 100),
      building(60, 120),
      building(120, 120, 'entering'),
      REBUILT,
    ];
    expect(await rebuild(['followers', ...at()])).toBe(0);
    expect(server.rebuilds.said).toEqual(['rebuild followers']);
    expect(out[0]).toBe('The rebuild of followers is begun.');
    expect(shown()).toMatch(
      /0% +0\/100 .*\n(?:.*\n)*100% +120\/120 .* waits until every node knows/,
    );
    expect(out.at(-1)).toMatch(/^followers is rebuilt: version 2 is read now/);
    expect(err).toEqual([]);
  });

  test('follows one that is under way', async () => {
    server.rebuilds.answers.rebuild = [200, { status: 'under_way' }];
    server.rebuilds.looks = [building(5, 10), building(7, 10), REBUILT];
    expect(await rebuild(['followers', ...at()])).toBe(0);
    expect(out[0]).toBe('A rebuild of followers is under way already.');
    expect(shown()).toMatch(/70% +7\/10/);
  });

  test('of the version that is read already is no less a rebuild', async () => {
    const same = { ...AT_REST, version: 2, generation: 3, wantsRebuild: false };
    server.rebuilds.looks = [same, { ...building(1, 2), ...same, rebuild: null, generation: 4 }];
    expect(await rebuild(['followers', ...at()])).toBe(0);
    expect(out.at(-1)).toMatch(/^followers is rebuilt/);
  });

  test('says when somebody gave it up meanwhile', async () => {
    server.rebuilds.looks = [AT_REST, building(5, 10), AT_REST];
    expect(await rebuild(['followers', ...at()])).toBe(1);
    expect(err.join()).toMatch(/was given up/);
  });

  test('says when the app lost the projection meanwhile', async () => {
    server.rebuilds.looks = [AT_REST, building(5, 10), null];
    expect(await rebuild(['followers', ...at()])).toBe(1);
    expect(err).toEqual(['The server has no projection followers any more.']);
  });

  test.each([
    ['at once', 1],
    ['later', 2],
  ])('goes on when the server is restarted %s', async (_, restartedAt) => {
    server.rebuilds.looks = [AT_REST, building(1, 10), building(2, 10), REBUILT];
    const restarted = new Promise<void>((resolve) => {
      server.rebuilds.onLook = (look) => {
        if (look !== restartedAt) return;
        server.rebuilds.onLook = () => undefined;
        void server
          .stop()
          .then(() => expect.poll(() => shown()).toMatch(/connection was cut|no server/))
          .then(() => server.start())
          .then(() => resolve());
      };
    });
    expect(await rebuild(['followers', ...at()])).toBe(0);
    await restarted;
    expect(out.at(-1)).toMatch(/^followers is rebuilt/);
  });

  test('--detach begins it and does not wait', async () => {
    expect(await rebuild(['followers', '--detach', ...at()])).toBe(0);
    expect(server.rebuilds.said).toEqual(['rebuild followers']);
    expect(out[0]).toBe('The rebuild of followers is begun.');
    expect(out).toHaveLength(2);
  });

  test('--abandon gives it up', async () => {
    expect(await rebuild(['followers', '--abandon', ...at()])).toBe(0);
    expect(server.rebuilds.said).toEqual(['abandon followers']);
    expect(out).toEqual(['The rebuild of followers is given up: what is read stays as it is.']);
  });

  test('--abandon says when none is under way', async () => {
    server.rebuilds.answers.abandon = [200, { status: 'none' }];
    expect(await rebuild(['followers', '--abandon', ...at()])).toBe(1);
    expect(err).toEqual(['No rebuild of followers is under way.']);
  });

  test('names the projections there are where it is none of them', async () => {
    expect(await rebuild(['follower', ...at()])).toBe(1);
    expect(err).toEqual(['There is no projection follower. There are: followers, usernames']);
    expect(server.rebuilds.said).toEqual([]);
    server.rebuilds.answers.abandon = [404, { code: 'not_found' }];
    expect(await rebuild(['a/b', '--abandon', ...at()])).toBe(1);
    expect(server.rebuilds.said).toEqual(['abandon a/b']);
    expect(err[1]).toBe('There is no projection a/b.');
  });

  test.each([
    [409, { code: 'rejected', detail: 'Part was trimmed' }, /followers is not rebuilt. Part was/],
    [503, { code: 'unavailable', detail: 'The store is out of reach' }, /: 503 .*out of reach/],
    [401, { code: 'unauthenticated' }, /: 401 unauthenticated/],
    [200, { strange: true }, /not one that was asked for/],
  ])('says why it is not begun: %i', async (status, body, words) => {
    server.rebuilds.answers.rebuild = [status, body];
    expect(await rebuild(['followers', ...at()])).toBe(1);
    expect(err.join()).toMatch(words);
  });

  test.each([[[]], [['followers']], [['followers', '--abandon']]])(
    'without a server says how to start one: %j',
    async (args) => {
      const url = at();
      await server.stop();
      expect(await rebuild([...args, ...url])).toBe(1);
      expect(err).toEqual([
        `${server.url.href}: no server answers there. Start one with: npm start`,
      ]);
    },
  );

  test.each([
    [['--detach']],
    [['--abandon']],
    [['a', 'b']],
    [['']],
    [['a', '--abandon', '--detach']],
    [['a', '--force']],
  ])('refuses %j', async (args) => {
    await expect(rebuild([...args, ...at()])).rejects.toThrow(UsageError);
    expect(server.rebuilds.said).toEqual([]);
  });

  test('at Ctrl-C says that the rebuild goes on', async () => {
    server.rebuilds.looks = [AT_REST, building(5, 10)];
    const followed = new Promise<void>((resolve) => {
      server.rebuilds.onLook = (look) => void (look === 2 && resolve());
    });
    const args = ['--import', 'tsx', CLI, 'rebuild', 'followers', ...at()];
    const child = endsWithTests(spawn(process.execPath, args));
    const [said, closed] = [text(child.stdout), once(child, 'close')];
    await followed;
    child.kill('SIGINT');
    expect(await closed).toEqual([130, null]);
    expect(await said).toContain('The rebuild of followers goes on.');
    expect(server.rebuilds.said).toEqual(['rebuild followers']);
  });
});

test('a rebuild that does not come further is told to stand still, once', async () => {
  server.rebuilds.looks = [...Array(4).fill(building(5, 10)), REBUILT];
  const notes: string[] = [];
  const progress = {
    start: () => undefined,
    advance: () => undefined,
    reach: () => undefined,
    waiting: () => undefined,
    note: (line: string) => void notes.push(line),
    stop: () => undefined,
  };
  const link = serverLink(server.url, undefined);
  const of = { name: 'followers', generation: 0 };
  const { signal } = new AbortController();
  const end: RebuildEnd = await followRebuild(link, of, progress, signal, 100);
  expect(end).toEqual({ kind: 'done', version: 2 });
  expect(notes.filter((line) => line.includes('--abandon'))).toHaveLength(1);
});
