import { z } from 'zod';
import type { Cut } from './highlights.ts';
import { pages, Unread } from './pages.ts';
import type { Patience, PatientReply } from './patiently.ts';
import type { ServerLink } from './server-link.ts';
import { renderTable } from './table.ts';

const event = z.object({
  type: z.string(),
  occurredAt: z.string(),
  data: z.record(z.string(), z.unknown()),
});
type TrailEvent = z.infer<typeof event>;

/** What a server recorded of a follow that a block ended, as lines of text with their times. */
export async function tellCut(
  link: ServerLink,
  cut: Cut,
  patience: Patience,
): Promise<PatientReply<string>> {
  const find = (actor: string, type: string, data: Readonly<Record<string, string>>) =>
    findEvent(link, actor, (each) => each.type === type && holds(each.data, data), patience);
  const { follower, followee, blocker, blocked } = cut;
  try {
    const follow = { followerId: follower, followeeId: followee };
    const created = await find(follower, 'FollowCreated', follow);
    const block = await find(blocker, 'AccountBlocked', { blockerId: blocker, blockedId: blocked });
    const removed = await find(follower, 'FollowRemoved', follow);
    return { kind: 'answered', value: storyOf(cut, { created, block, removed }) };
  } catch (error) {
    if (error instanceof Unread) return error.outcome;
    throw error;
  }
}

function storyOf(
  { follower, followee, blocker, blocked }: Cut,
  found: Readonly<Record<'created' | 'block' | 'removed', TrailEvent | null>>,
): string {
  const { created, block, removed } = found;
  if (created === null || block === null || removed === null) {
    return `${blocker} blocked ${blocked}, and this server has no record that a follow ended.`;
  }
  const afterMs = Date.parse(removed.occurredAt) - Date.parse(block.occurredAt);
  const rows = [
    [created.occurredAt, `${follower} follows ${followee}`, created.type],
    [block.occurredAt, `${blocker} blocks ${blocked}`, block.type],
    [removed.occurredAt, `a policy ends the follow, ${afterMs} ms later`, removed.type],
  ].map(([at = '', what = '', type = '']) => [`  ${at}`, what, type]);
  const reason = `  its reason: ${String(removed.data.reason)}`;
  return `A block that took a follow with it:\n${renderTable(rows, [0, 1, 2])}\n${reason}`;
}

/** The newest event of an actor that matches. @throws Unread */
async function findEvent(
  link: ServerLink,
  actor: string,
  matches: (event: TrailEvent) => boolean,
  patience: Patience,
): Promise<TrailEvent | null> {
  const trail = { path: `v1/actors/account/${encodeURIComponent(actor)}/events`, cursor: 'before' };
  for await (const events of pages(link, trail, event, patience)) {
    const found = events.find(matches);
    if (found !== undefined) return found;
  }
  return null;
}

function holds(
  data: Readonly<Record<string, unknown>>,
  members: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(members).every(([name, value]) => data[name] === value);
}
