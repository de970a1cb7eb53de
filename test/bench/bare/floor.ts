/**
 * The floor: the yardstick's work with as little as Node allows, node:http and a Redis client
 * written by hand for these replies. It shows what Hono and ioredis cost.
 * Usage: node floor.js REDIS_PORT
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { FollowAccount } from './account.ts';
import { readBody } from './body.ts';
import { announce } from './listening.ts';
import { Mailboxes } from './mailbox.ts';
import { RawStore } from './raw-store.ts';

const store = new RawStore(Number(process.argv[2]));
await store.open();
const mailboxes = new Mailboxes(store);

async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const parsed = FollowAccount.safeParse(JSON.parse(await readBody(incoming)));
  if (incoming.url !== '/v1/commands/FollowAccount' || !parsed.success) {
    outgoing.writeHead(422).end();
    return;
  }
  const { body, version } = await mailboxes.submit(parsed.data);
  outgoing.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    etag: `"${version}"`,
  });
  outgoing.end(body);
}

const server = createServer((incoming, outgoing) => {
  handle(incoming, outgoing).catch((error: unknown) => {
    console.error(error);
    outgoing.writeHead(500).end();
  });
});
announce(server.listen(0, '127.0.0.1'));
