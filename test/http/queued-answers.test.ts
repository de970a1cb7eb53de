import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import type { FeedStream } from '../../src/engine/live-feed.ts';
import { fakeEngine } from './fake-engine.ts';
import { rawConnect, startTestServer } from './harness.ts';

/** A server, and how many streams of its feed are read. */
async function serve() {
  const open = new Set<FeedStream>();
  const follow = async (): Promise<FeedStream> => {
    const stream: FeedStream = {
      bookmark: 'here',
      next: () => new Promise(() => {}),
      close: () => void open.delete(stream),
    };
    open.add(stream);
    return stream;
  };
  const server = await startTestServer({ engine: fakeEngine({ follow }) });
  onTestFinished(() => server.close());
  return { server, open };
}

it.each(['/v1/events', '/inspector/api/live?actor=account:ann'])(
  'streams of %s that wait behind one on their connection end with it',
  async (path) => {
    const { server, open } = await serve();
    const socket = await rawConnect(server);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(20));
    await once(socket, 'data');
    // All who look at one actor share a stream of the feed.
    await expect.poll(() => open.size).toBe(path.startsWith('/v1') ? 20 : 1);
    socket.destroy();
    await expect.poll(() => open.size).toBe(0);
  },
);

it('an answer that waited is whole when its turn comes', async () => {
  const { server } = await serve();
  const socket = await rawConnect(server);
  const ask = (more: string) => `GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}\r\n`;
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.write(ask('').repeat(20) + ask('Connection: close\r\n'));
  await once(socket, 'close');
  expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(21);
});
