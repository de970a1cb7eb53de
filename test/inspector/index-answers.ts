/** What the inspector's server answers of actors and traces, as its protocol says. */
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { API_PATH } from '../../src/inspector/protocol.ts';
import { post, register, type TestServer } from '../http/harness.ts';

const index = z.strictObject({ lag: z.int().min(0), isBeginning: z.boolean() });

export const actorPage = z.strictObject({
  items: z.array(
    z.strictObject({
      type: z.string(),
      id: z.string(),
      state: z.string(),
      version: z.int().positive(),
      lastAt: z.iso.datetime().nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
  total: z.int().nullable(),
  counts: z
    .array(z.strictObject({ type: z.string(), state: z.string(), count: z.int() }))
    .nullable(),
  index,
});

const traceStep = z.strictObject({
  position: z.string(),
  at: z.iso.datetime(),
  actor: z.strictObject({ type: z.string(), id: z.string() }),
  version: z.int(),
  command: z.string(),
  commandId: z.string(),
  principal: z.string(),
  policy: z.string().nullable(),
  cause: z.string().nullable(),
  outcome: z.enum(['accepted', 'rejected']),
  reason: z.string().nullable(),
  events: z.array(z.strictObject({ id: z.string(), type: z.string() })),
});

const actor = z.strictObject({ type: z.string(), id: z.string() });

/** Something that has not come to its end. */
export const underWay = z.strictObject({
  what: z.enum(['command', 'message', 'timer', 'effect']),
  stage: z.enum(['sent', 'waiting', 'retrying', 'dead']),
  policy: z.string(),
  instance: z.string(),
  type: z.string(),
  id: z.string(),
  target: actor.nullable(),
  ref: z.string().nullable(),
  cause: z.string(),
  correlationId: z.string(),
  attempts: z.int().min(0),
  at: z.iso.datetime(),
  dueAt: z.iso.datetime().nullable(),
  error: z.string().nullable(),
});

export const causingEvent = z.strictObject({
  id: z.string(),
  type: z.string(),
  actor,
  position: z.string(),
  at: z.iso.datetime(),
  correlationId: z.string(),
});

export const trace = z.strictObject({
  correlationId: z.string(),
  steps: z.array(traceStep),
  pending: z.array(underWay),
  isCut: z.boolean(),
  isIndexed: z.boolean(),
  index,
});

/** What came from outside of late. */
export const latestTraces = z.strictObject({
  items: z.array(
    traceStep
      .pick({
        position: true,
        at: true,
        actor: true,
        command: true,
        principal: true,
        outcome: true,
      })
      .extend({ correlationId: z.string() }),
  ),
});

export async function ask<S extends z.ZodType>(
  server: TestServer,
  path: string,
  schema: S,
): Promise<z.output<S>> {
  const response = await fetch(`${server.url}${API_PATH}${path}`);
  expect(response.status, path).toBe(200);
  return schema.parse(await response.json());
}

export function actors(server: TestServer, q = '', more = '') {
  return ask(server, `/actors?q=${encodeURIComponent(q)}${more}`, actorPage);
}

/** Waits until the index has all there is. */
export async function untilIndexed(server: TestServer): Promise<void> {
  await actors(server);
  await vi.waitFor(async () => expect((await server.engine.policies()).idle).toBe(true), {
    timeout: 60_000,
    interval: 20,
  });
}

/** Waits until what comes next bears a later time. */
export async function untilLater(): Promise<void> {
  const now = Date.now();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(now), { interval: 1 });
}

/** Two who follow each other, until one blocks the other. @returns the trace of the block */
export async function blockAmong(server: TestServer): Promise<string> {
  for (const id of ['ann', 'bob']) await register(server, id);
  await command(server, 'FollowAccount', { followerId: 'ann', followeeId: 'bob' });
  await command(server, 'FollowAccount', { followerId: 'bob', followeeId: 'ann' });
  return command(server, 'BlockAccount', { blockerId: 'ann', blockedId: 'bob' });
}

let sent = 0;

/** Sends a command. @returns its correlation id */
export async function command(server: TestServer, type: string, body: object): Promise<string> {
  sent += 1;
  const traceId = sent.toString(16).padStart(32, 'a');
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const response = await post(server, `/v1/commands/${type}`, body, { traceparent });
  expect([200, 409]).toContain(response.status);
  return traceId;
}
