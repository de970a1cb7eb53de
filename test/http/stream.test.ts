import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { accepted, fakeEngine } from './fake-engine.ts';
import { register } from './harness.ts';
import { answerOf, followeeOf, line, open, run, start } from './streams.ts';

describe('a stream of commands', () => {
  it('is answered line by line, in order, whatever the lines are', async () => {
    const server = await start();
    for (const id of ['ann', 'bob']) await register(server, id);
    const results = await run(
      server,
      [
        line('ann', 'bob'),
        '',
        'no JSON',
        `${line('bob', 'bob')}\r`,
        ' \t ',
        `{"type":"FollowAccount","data":{"followerId":"${'x'.repeat(70_000)}"}}`,
        `${'['.repeat(33)}${']'.repeat(33)}`,
        '{"type":"NoSuchCommand","data":{}}',
        line('ann', 'bob'),
      ].join('\n'),
    );
    expect(results).toMatchObject([
      { status: 'accepted', actor: { id: 'ann' } },
      { status: 'failed', httpStatus: 400, code: 'malformed_request' },
      { status: 'rejected', httpStatus: 409, detail: 'Cannot follow yourself' },
      { status: 'failed', httpStatus: 413, code: 'too_large' },
      { status: 'failed', httpStatus: 400, code: 'malformed_request' },
      { status: 'failed', httpStatus: 404, code: 'not_found' },
      { status: 'accepted', events: [] },
    ]);
  });

  it('may be empty', async () => {
    expect(await run(await start(), '')).toEqual([]);
    expect(await run(await start(), '\n\n')).toEqual([]);
  });

  it('is answered while it is still being sent', async () => {
    const server = await start();
    for (const id of ['ann', 'bob']) await register(server, id);
    const opened = open(server);
    opened.write(`${line('ann', 'bob')}\n`);
    const response = await answerOf(opened);
    const [first] = await once(response, 'data');
    expect(JSON.parse(String(first))).toMatchObject({ status: 'accepted' });
    opened.end();
    response.resume();
    await once(response, 'end');
  });

  it('keeps the order of its answers when commands overtake each other', async () => {
    const held: (() => void)[] = [];
    const server = await start({
      engine: fakeEngine({
        submit: ({ parsed }) =>
          new Promise((resolve) => {
            const settle = () => resolve(accepted({ commandId: followeeOf(parsed) }));
            // The first waits until all others have been answered.
            if (followeeOf(parsed) === '0') held.push(settle);
            else settle();
            if (followeeOf(parsed) === '99') for (const release of held) setTimeout(release, 5);
          }),
      }),
    });
    const results = await run(
      server,
      Array.from({ length: 100 }, (_, n) => line('ann', `${n}`)).join('\n'),
    );
    expect(results.map(({ commandId }) => commandId)).toEqual(
      Array.from({ length: 100 }, (_, n) => `${n}`),
    );
  });

  it('fails a line that was unforeseen alone', async () => {
    const server = await start({
      engine: fakeEngine({
        submit: ({ parsed }) =>
          followeeOf(parsed) === 'bad'
            ? Promise.reject(new Error('secret internals'))
            : Promise.resolve(accepted()),
      }),
    });
    const results = await run(server, [line('a', 'bad'), line('a', 'good')].join('\n'));
    expect(results).toMatchObject([{ code: 'system_error' }, { status: 'accepted' }]);
    expect(server.logged.join()).toContain('secret internals');
  });
});
