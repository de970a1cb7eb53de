import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deadLetters } from '../../src/cli/dead-letters.ts';
import { policies } from '../../src/cli/policies.ts';
import { FakeServer } from './fake-server.ts';

let server: FakeServer;
let out: string[] = [];
let err: string[] = [];
beforeEach(async () => {
  server = await new FakeServer().start();
  [out, err] = [[], []];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void out.push(text));
  vi.spyOn(console, 'error').mockImplementation((text: string) => void err.push(text));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.stop();
});

const at = () => ['--url', server.url.href];

/** That many letters, every third of them another policy's. */
function park(letters: number): void {
  for (let n = 0; n < letters; n++) {
    const policy = n % 3 === 0 ? 'follow-guard' : 'blocking';
    server.policies.letters.push({ id: `id/${n}`, policy, waiting: n });
  }
}

describe('everstate policies', () => {
  test('shows every figure in a table', async () => {
    server.policies.looksUntilIdle = 2;
    park(3);
    expect(await policies(at())).toBe(0);
    expect(out.join('\n').split('\n')).toEqual([
      'policy        lag  in flight  retrying  dead letters  timers  oldest pending  partitions run',
      'blocking        2      1,200         0             2       3       1 min 5 s   64 on 2 nodes',
      'follow-guard    2      1,200         0             1       3       1 min 5 s   64 on 2 nodes',
      '',
      'projection  version  lag  oldest pending  rebuild',
      'followers         1    2           20 ms  wants a rebuild',
      '',
      'idle: no',
    ]);
  });

  test('says when they are idle', async () => {
    expect(await policies(at())).toBe(0);
    expect(out.join('\n')).toMatch(/blocking +0 +0 +0 +0 +3 +- +64 on 2 nodes\n/);
    expect(out.join('\n')).toMatch(/\n\nidle: yes$/);
  });

  test('says why there is no answer', async () => {
    const url = at();
    await server.stop();
    expect(await policies(url)).toBe(1);
    expect(err).toEqual([`${server.url.href}: no server answers there. Start one with: npm start`]);
  });
});

describe('everstate dead-letters', () => {
  test('shows all of them, over all pages, and nothing that moves a terminal', async () => {
    park(450);
    expect(await deadLetters(at())).toBe(0);
    expect(out).toHaveLength(451);
    expect(out[1]).toBe(
      'id/1\n' +
        '  blocking, instance e-1: command RemoveFollower\n' +
        '  parked 2026-01-01T00:00:00.000Z after 8 attempts, 1 wait behind it\n' +
        '  out of luck\n',
    );
    expect(out.at(-1)).toBe('450 in all.');
  });

  test('shows those of one policy', async () => {
    park(4);
    expect(await deadLetters(['--policy', 'follow-guard', ...at()])).toBe(0);
    expect(out.map((text) => text.split('\n')[0])).toEqual(['id/0', 'id/3', '2 in all.']);
  });

  test('says that there are none', async () => {
    expect(await deadLetters(at())).toBe(0);
    expect(out).toEqual(['No dead letters.']);
  });

  test.each([
    ['retry', 'It is retried.'],
    ['discard', 'It is discarded.'],
  ])('%s settles one', async (how, said) => {
    park(2);
    expect(await deadLetters([how, 'id/1', ...at()])).toBe(0);
    expect(server.policies.settled).toEqual([`${how} id/1`]);
    expect(server.policies.letters.map(({ id }) => id)).toEqual(['id/0']);
    expect(out).toEqual([said]);
  });

  test('says when a node has not come to it yet', async () => {
    server.policies.settling = () => [202, { status: 'pending' }];
    expect(await deadLetters(['retry', 'id/1', ...at()])).toBe(0);
    expect(out).toEqual(['It will be retried by the node that runs its policy there.']);
  });

  test('says when there is no such letter', async () => {
    expect(await deadLetters(['discard', 'id/1', ...at()])).toBe(1);
    expect(err).toEqual(['There is no dead letter id/1.']);
  });

  test.each(['retry', 'discard'])('%s --all settles every one there is, once', async (how) => {
    park(450);
    expect(await deadLetters([how, '--all', ...at()])).toBe(0);
    expect(server.policies.letters).toEqual([]);
    expect(server.policies.settled).toEqual(
      Array.from({ length: 450 }, (_, n) => `${how} id/${n}`),
    );
    expect(out.at(-1)).toMatch(/^450 (retried|discarded); of 450 dead letters\.$/);
  });

  test('--all --policy leaves those of other policies', async () => {
    park(6);
    expect(await deadLetters(['discard', '--all', '--policy', 'blocking', ...at()])).toBe(0);
    expect(server.policies.letters.map(({ id }) => id)).toEqual(['id/0', 'id/3']);
  });

  test('--all tells what is left to nodes and what was gone', async () => {
    park(3);
    const gone = [404, { code: 'not_found' }] as const;
    server.policies.settling = (id) =>
      id === 'id/0' ? gone : id === 'id/1' ? [202, { status: 'pending' }] : null;
    expect(await deadLetters(['retry', '--all', ...at()])).toBe(0);
    expect(out).toEqual([
      '1 retried, 1 left to the nodes that run them, 1 gone already; of 3 dead letters.',
    ]);
  });

  test('--all ends where the server fails, and says how far it came', async () => {
    park(5);
    server.policies.settling = (id) =>
      id === 'id/2' ? [503, { code: 'unavailable', detail: 'out of reach' }] : null;
    expect(await deadLetters(['retry', '--all', ...at()])).toBe(1);
    expect(out).toEqual(['2 retried; of 5 dead letters.']);
    expect(err).toEqual([`${server.url.href}: 503 unavailable out of reach`]);
  });

  test('says why there is no answer', async () => {
    const url = at();
    await server.stop();
    expect(await deadLetters(url)).toBe(1);
    expect(err).toEqual([`${server.url.href}: no server answers there. Start one with: npm start`]);
  });
});
