/**
 * The yardstick: the best bare server of the parts that Everstate is made of. Hono, zod, XState,
 * ioredis and one Lua commit, with a mailbox an account and nothing else.
 * Usage: node yardstick.js REDIS_PORT
 */
import type { IncomingMessage } from 'node:http';
import { type HttpBindings, serve } from '@hono/node-server';
import { Hono } from 'hono';
import { FollowAccount } from './account.ts';
import { readBody } from './body.ts';
import { IoredisStore } from './ioredis-store.ts';
import { announce } from './listening.ts';
import { Mailboxes } from './mailbox.ts';

const store = new IoredisStore(Number(process.argv[2]));
await store.open();
const mailboxes = new Mailboxes(store);
const app = new Hono<{ Bindings: HttpBindings }>();

app.post('/v1/commands/FollowAccount', async (c) => {
  const incoming: IncomingMessage = c.env.incoming;
  const parsed = FollowAccount.safeParse(JSON.parse(await readBody(incoming)));
  if (!parsed.success) return c.json({ code: 'validation_error' }, 422);
  const { body, version } = await mailboxes.submit(parsed.data);
  // Plain headers in a Response of node-server's own: `c.json` with two of them makes real ones.
  return new Response(body, {
    headers: { 'content-type': 'application/json', etag: `"${version}"` },
  });
});

announce(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }));
