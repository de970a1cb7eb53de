import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Outcome } from '../../src/engine/outcome.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { accepted, failed, fakeEngine } from './fake-engine.ts';
import { register } from './harness.ts';
import { answerOf, closed, followeeOf, line, open, run, settled, start } from './streams.ts';

describe('a stream of commands', () => {
  it('waits where there is no room, and keeps the order of each actor', async () => {
    const room = 10;
    const waiting = new Map<string, number>();
    const done: string[] = [];
    const server = await start({
      engine: fakeEngine({
        submit({ parsed }, _delivery): Promise<Outcome> {
          const { followerId, followeeId } = z
            .object({ followerId: z.string(), followeeId: z.string() })
            .parse(parsed);
          const queued = waiting.get(followerId) ?? 0;
          if (queued >= room) {
            return Promise.resolve(failed({ code: 'overloaded', limit: 'mailbox' }));
          }
          waiting.set(followerId, queued + 1);
          done.push(`${followerId}/${followeeId}`);
          return new Promise((resolve) =>
            setImmediate(() => {
              waiting.set(followerId, (waiting.get(followerId) ?? 0) - 1);
              resolve(accepted({ commandId: followeeId }));
            }),
          );
        },
      }),
    });
    const lines = Array.from({ length: 400 }, (_, n) => line(n % 3 === 0 ? 'ann' : 'bob', `${n}`));
    const results = await run(server, lines.join('\n'));
    expect(results).toHaveLength(400);
    expect(results.every(({ status }) => status === 'accepted')).toBe(true);
    for (const actor of ['ann', 'bob']) {
      const order = done.filter((key) => key.startsWith(actor)).map((key) => Number(key.slice(4)));
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });

  it('tries again what found no room long after it was sent', async () => {
    let calls = 0;
    const server = await start({
      engine: fakeEngine({
        submit: () =>
          new Promise((resolve) => {
            const late = ++calls <= 3;
            const outcome = late ? failed({ code: 'overloaded', limit: 'mailbox' }) : accepted();
            setTimeout(() => resolve(outcome), late ? calls * 10 : 0);
          }),
      }),
    });
    const results = await run(server, `${line('ann', 'bob')}\n`.repeat(2));
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
  });

  it('is read no further while its answers are not', async () => {
    const lines = 30_000;
    let submitted = 0;
    const server = await start({
      engine: fakeEngine({
        submit: async () => {
          submitted++;
          return accepted({ commandId: 'x'.repeat(1_000) });
        },
      }),
    });
    const opened = open(server);
    opened.end(`${line('ann', 'bob')}\n`.repeat(lines));
    const response = await answerOf(opened);
    await settled(() => submitted);
    // What the system's buffers hold was answered, no more.
    expect(submitted).toBeLessThan(lines / 2);
    let answered = 0;
    for await (const chunk of response) {
      answered += String(chunk).split('\n').length - 1;
    }
    expect(answered).toBe(lines);
  });

  it('tries again in the order given, in whatever order it is refused', async () => {
    const taken: string[] = [];
    let isFull = true;
    const server = await start({
      engine: fakeEngine({
        async submit({ parsed }): Promise<Outcome> {
          const name = followeeOf(parsed);
          if (!isFull) {
            taken.push(name);
            return accepted();
          }
          setImmediate(() => {
            isFull = false;
          });
          // The earlier of the two learns of it later.
          for (let turn = 0; turn < (name === 'first' ? 10 : 0); turn++) await null;
          return failed({ code: 'overloaded', limit: 'mailbox' });
        },
      }),
    });
    await run(server, `${line('ann', 'first')}\n${line('ann', 'second')}\n`);
    expect(taken).toEqual(['first', 'second']);
  });

  it('has no more than its window on its way', async () => {
    let inFlight = 0;
    let most = 0;
    const server = await start({
      engine: fakeEngine({
        submit: () => {
          most = Math.max(most, ++inFlight);
          return new Promise((resolve) =>
            setImmediate(() => {
              inFlight--;
              resolve(accepted());
            }),
          );
        },
      }),
    });
    expect(await run(server, `${line('ann', 'bob')}\n`.repeat(20_000))).toHaveLength(20_000);
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(HTTP_LIMITS.streamWindowCommandsMax);
  });

  it('is submitted no further when its client is gone', async () => {
    let submitted = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await start({
      engine: fakeEngine({
        submit: async () => {
          submitted++;
          await held;
          return accepted();
        },
      }),
    });
    const opened = open(server);
    opened.write(`${line('ann', 'bob')}\n`.repeat(200_000));
    const response = await answerOf(opened);
    await expect.poll(() => submitted).toBe(HTTP_LIMITS.streamWindowCommandsMax);
    opened.destroy();
    await closed(response);
    release();
    await expect.poll(() => server.connections()).toBe(0);
    const taken = submitted;
    expect(taken).toBeLessThan(100_000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(submitted).toBe(taken);
    expect(server.logged).toEqual([]);
  });

  it('is cut off by a server that stops, after the answers to what was taken', async () => {
    const server = await start();
    for (const id of ['ann', 'bob']) await register(server, id);
    const opened = open(server);
    opened.write(`${line('ann', 'bob')}\n`);
    const response = await answerOf(opened);
    const received: string[] = [];
    response.on('data', (chunk) => received.push(String(chunk)));
    await expect.poll(() => received.join('')).toContain('\n');
    server.stop();
    await closed(response);
    expect(response.complete).toBe(false);
    expect(received.join('').trimEnd().split('\n')).toHaveLength(1);
  });
});
