/** A small graph with a past: what screens are looked at with. */
import { vi } from 'vitest';
import { z } from 'zod';
import { randomFrom } from '../../src/testing/random.ts';
import { post, readObject, register, type TestServer } from '../http/harness.ts';

const NAMES = ['ada', 'bob', 'cleo', 'dora', 'emil', 'fay', 'gus', 'hana', 'ivo', 'jana', 'kim'];

async function send(server: TestServer, type: string, data: unknown) {
  const response = await post(server, `/v1/commands/${type}`, data);
  if (![200, 409].includes(response.status)) throw new Error(await response.text());
  return readObject(response);
}

const indexed = z.looseObject({ index: z.object({ lag: z.int(), isBeginning: z.boolean() }) });

/** Whether the index of actors and traces has taken all that was recorded. */
async function isIndexed({ url }: TestServer): Promise<boolean> {
  const response = await fetch(`${url}/inspector/api/actors?limit=1`);
  const { index } = indexed.parse(await response.json());
  return index.lag === 0 && !index.isBeginning;
}

/**
 * Fills a server: accounts that follow each other, one that ada blocked, one that was deactivated.
 * Policies and the index are at rest when it resolves.
 * @returns the correlation id of the block, which policies took up
 */
export async function fillGraph(server: TestServer): Promise<string> {
  await vi.waitUntil(() => isIndexed(server), { timeout: 60_000 });
  for (const name of NAMES) await register(server, name);
  const random = randomFrom(7);
  for (const followerId of NAMES) {
    for (const followeeId of NAMES) {
      if (random() < 0.4) await send(server, 'FollowAccount', { followerId, followeeId });
    }
  }
  await send(server, 'FollowAccount', { followerId: 'bob', followeeId: 'ada' });
  await send(server, 'FollowAccount', { followerId: 'ada', followeeId: 'bob' });
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  await post(server, '/v1/commands/BlockAccount', { blockerId: 'ada', blockedId: 'bob' }, headers);
  await send(server, 'DeactivateAccount', { accountId: 'kim', reason: 'moved on' });
  await send(server, 'FollowAccount', { followerId: 'bob', followeeId: 'ada' });
  await vi.waitUntil(async () => (await server.engine.policies()).idle, { timeout: 60_000 });
  await vi.waitUntil(() => isIndexed(server), { timeout: 60_000 });
  return trace;
}

/**
 * An address of a screen, with something of the graph on it.
 * @param pattern the screen's address as the page has it
 * @param trace the correlation id that {@link fillGraph} gave
 * @param instance of the policy `blocking`
 */
export function exampleOf(pattern: string, trace: string, instance: string): string {
  const examples: Readonly<Record<string, string>> = {
    '/actors/:type/:id': '/actors/account/ada',
    '/traces/:correlationId': `/traces/${trace}`,
    '/machines/:kind/:name': '/machines/aggregate/account',
    '/policies/:name': '/policies/blocking',
    '/policies/:name/instances/:id': `/policies/blocking/instances/${instance}`,
    '/console/:command': '/console/RegisterAccount',
  };
  const address = pattern.includes(':') ? examples[pattern] : pattern;
  if (address === undefined) throw new Error(`name an example of ${pattern}`);
  return address;
}
