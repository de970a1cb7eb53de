/** An account that many follow is deactivated, and its server killed meanwhile. */
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Store } from '../../src/engine/store.ts';
import { policiesOf } from '../faults/at-rest.ts';
import type { Client } from '../faults/client.ts';
import { until } from '../faults/fleet.ts';
import { everyRemoval, followersOf, followingOf, sizesOf } from './stored.ts';

const PATIENCE_MS = 600_000;
const LOOK_MS = 20;
const SIZES_TOGETHER = 1_000;

/** Who follows the account, and whom it follows. */
export interface Surroundings {
  readonly followers: readonly string[];
  readonly followees: readonly string[];
}

export const STAR = 'star';

export function surroundings(followers: number, followees: number): Surroundings {
  const named = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}-${index}`);
  return { followers: named('fan', followers), followees: named('idol', followees) };
}

/** Registers all, and has them follow. */
export async function build(url: string, { followers, followees }: Surroundings): Promise<void> {
  await sendLines(url, registrations([STAR, ...followers, ...followees]));
  await sendLines(url, follows({ followers, followees }));
}

function* registrations(ids: readonly string[]): Generator<object> {
  for (const accountId of ids) {
    const username = accountId.replace('-', '_');
    const data = { accountId, username, email: `${accountId}@example.org` };
    yield { type: 'RegisterAccount', data };
  }
}

function* follows({ followers, followees }: Surroundings): Generator<object> {
  const follow = (followerId: string, followeeId: string) => ({
    type: 'FollowAccount',
    data: { followerId, followeeId },
  });
  for (const follower of followers) yield follow(follower, STAR);
  for (const followee of followees) yield follow(STAR, followee);
}

/** Sends commands in one request, all of which must be accepted. */
async function sendLines(url: string, commands: Iterable<object>): Promise<void> {
  let sent = 0;
  function* lines(): Generator<string> {
    for (const command of commands) {
      sent++;
      yield `${JSON.stringify(command)}\n`;
    }
  }
  const response = await fetch(`${url}/v1/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(Readable.from(lines())),
    duplex: 'half',
  });
  const results = (await response.text()).trimEnd().split('\n');
  const others = results.filter((line) => !line.startsWith('{"status":"accepted"'));
  if (others.length > 0 || results.length !== sent) {
    throw new Error(`${sent} sent, ${results.length} answered: ${others.slice(0, 3).join('\n')}`);
  }
}

const page = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      value: z.string(),
      context: z.object({ removed: z.int(), failed: z.literal(0) }),
    }),
  ),
});

/** How far the cleanup was at one look. */
export interface Look {
  readonly state: string;
  readonly removed: number;
}

/**
 * Deactivates the account and looks on until it is cleaned up.
 * @param onLook is told what every look finds
 */
export async function watchCleanup(
  client: Client,
  url: () => Promise<string>,
  onLook: (look: Look) => Promise<void>,
): Promise<void> {
  const { status, text } = await client.command(await url(), 'DeactivateAccount', {
    accountId: STAR,
  });
  if (status !== 200) throw new Error(`not deactivated: ${text}`);
  let isUnderWay = false;
  await until('the account is cleaned up', PATIENCE_MS, async () => {
    await pause(LOOK_MS);
    const answer = await client.get(`${await url()}/v1/policies/account-cleanup/instances`);
    // A server that just began may have to wait for its store.
    if (answer.status !== 200) return false;
    const [instance] = page.parse(JSON.parse(answer.text)).items;
    if (instance === undefined) return isUnderWay || isAtRest(client, await url());
    isUnderWay = true;
    await onLook({ state: instance.value, removed: instance.context.removed });
    return false;
  });
}

/** Whether the policies have nothing left to do. */
export async function isAtRest(client: Client, url: string): Promise<boolean> {
  return (await policiesOf(client, url))?.idle === true;
}

export async function untilAtRest(client: Client, url: string): Promise<void> {
  await until('the policies are idle', PATIENCE_MS, () => isAtRest(client, url));
}

/** What the feed tells of follows that were removed. */
export interface Removals {
  readonly events: number;
  readonly relationships: number;
  readonly reasons: readonly string[];
}

/** Reads every removal of a store. */
export async function removalsIn(store: Store): Promise<Removals> {
  const relationships = new Set<string>();
  const reasons = new Set<string>();
  let events = 0;
  for await (const { relationshipId, reason } of everyRemoval(store)) {
    events++;
    relationships.add(relationshipId);
    reasons.add(reason);
  }
  return { events, relationships: relationships.size, reasons: [...reasons] };
}

/** How many follows are left, by the accounts themselves and by the read model. */
export async function followsLeft(store: Store, around: Surroundings): Promise<number> {
  const left = [...around.followers, ...around.followees, STAR];
  let found = 0;
  for (let at = 0; at < left.length; at += SIZES_TOGETHER) {
    const ids = left.slice(at, at + SIZES_TOGETHER);
    const collections = ids.flatMap((id) => [followingOf(id), followersOf(id)]);
    for (const size of await sizesOf(store, collections)) found += size;
  }
  return found;
}
