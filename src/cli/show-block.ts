import { z } from 'zod';
import { deliver } from './deliver.ts';
import { waitUntilIdle } from './idle.ts';
import { pages, Unread } from './pages.ts';
import type { PatientReply } from './patiently.ts';
import type { ServerLink } from './server-link.ts';
import { between } from './steps.ts';
import { renderTable } from './table.ts';

/** One who follows, and the one followed, who then blocks. They have nothing else in common. */
export interface Pair {
  readonly follower: string;
  readonly followee: string;
}

/** What a demonstration is told. */
interface Ports {
  readonly historyId: string;
  readonly stop: AbortSignal;
}

/**
 * Sends a follow, and a block by the one followed, to a server at rest, waits for its policies, and
 * tells what the server recorded of it, as lines of text. Sent again, it does nothing anew.
 */
export async function showBlock(
  link: ServerLink,
  pair: Pair,
  { historyId, stop }: Ports,
): Promise<PatientReply<string>> {
  const { follower, followee } = pair;
  const follow = between(`${historyId}:show:follow`, 'FollowAccount', follower, followee);
  const block = between(`${historyId}:show:block`, 'BlockAccount', followee, follower);
  for (const step of [follow, block]) {
    const delivery = await deliver([step], link, { stop, onWaiting: () => undefined });
    if (delivery.kind !== 'answered') return delivery;
  }
  const rest = await waitUntilIdle(link, { stop, note: () => undefined });
  if (rest.kind !== 'idle' && rest.kind !== 'stuck') return rest;
  try {
    return { kind: 'answered', value: await recorded(link, pair, stop) };
  } catch (error) {
    if (error instanceof Unread) return error.outcome;
    throw error;
  }
}

const event = z.object({
  type: z.string(),
  occurredAt: z.string(),
  data: z.record(z.string(), z.unknown()),
});
type TrailEvent = z.infer<typeof event>;

/** @throws Unread */
async function recorded(
  link: ServerLink,
  { follower, followee }: Pair,
  stop: AbortSignal,
): Promise<string> {
  const find = (actor: string, type: string, member: string, other: string) =>
    findEvent(link, actor, (each) => each.type === type && each.data[member] === other, stop);
  const created = await find(follower, 'FollowCreated', 'followeeId', followee);
  const block = await find(followee, 'AccountBlocked', 'blockedId', follower);
  const removed = await find(follower, 'FollowRemoved', 'followeeId', followee);
  if (created === null || block === null || removed === null) {
    return `${followee} blocks ${follower}, and no policy has ended the follow.`;
  }
  const afterMs = Date.parse(removed.occurredAt) - Date.parse(block.occurredAt);
  const rows = [
    [created.occurredAt, `${follower} follows ${followee}`, created.type],
    [block.occurredAt, `${followee} blocks ${follower}`, block.type],
    [removed.occurredAt, `a policy ends the follow, ${afterMs} ms later`, removed.type],
  ].map(([at = '', what = '', type = '']) => [`  ${at}`, what, type]);
  const table = renderTable(rows, [0, 1, 2]);
  return `A block takes a follow with it:\n${table}: ${String(removed.data.reason)}`;
}

/** The newest event of an actor that matches. @throws Unread */
async function findEvent(
  link: ServerLink,
  actor: string,
  matches: (event: TrailEvent) => boolean,
  stop: AbortSignal,
): Promise<TrailEvent | null> {
  const trail = { path: `v1/actors/account/${encodeURIComponent(actor)}/events`, cursor: 'before' };
  for await (const events of pages(link, trail, event, { stop })) {
    const found = events.find(matches);
    if (found !== undefined) return found;
  }
  return null;
}
