import { z } from 'zod';
import { withEach } from './at-once.ts';
import type { Answer, Client } from './client.ts';

const eventSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  actor: z.object({ type: z.string(), id: z.string(), version: z.int() }),
  data: z.record(z.string(), z.unknown()),
});
const replySchema = z.looseObject({
  commandId: z.string(),
  code: z.string().optional(),
  detail: z.string().optional(),
  events: z.array(eventSchema).optional(),
});
const trailSchema = z.object({
  items: z.array(
    eventSchema.extend({
      position: z.string(),
      cause: z.object({ commandId: z.string(), type: z.string(), data: z.unknown() }),
    }),
  ),
  nextCursor: z.string().optional(),
});

/** The body of an answer to a command. */
export type Reply = z.infer<typeof replySchema>;
export type TrailEvent = z.infer<typeof trailSchema>['items'][number];

/** As much of an answer as says what became of a command. */
export type Told = Pick<Answer, 'status' | 'text'>;

export function replyOf(answer: Told): Reply {
  return replySchema.parse(JSON.parse(answer.text));
}

/** Whether the answer says that the store is out of reach. */
export function isUnavailable(answer: Told): boolean {
  return answer.status === 503 && replyOf(answer).code === 'unavailable';
}

/** An account's whole trail, oldest first; empty where nothing was ever recorded of it. */
export async function trailOf(client: Client, url: string, account: string): Promise<TrailEvent[]> {
  const events: TrailEvent[] = [];
  let before = '';
  for (;;) {
    const answer = await client.get(
      `${url}/v1/actors/account/${account}/events?limit=200${before}`,
    );
    if (answer.status === 404) return [];
    if (answer.status !== 200) throw new Error(`${account}: ${answer.status} ${answer.text}`);
    const { items, nextCursor } = trailSchema.parse(JSON.parse(answer.text));
    events.push(...items);
    if (nextCursor === undefined) return events.reverse();
    before = `&before=${encodeURIComponent(nextCursor)}`;
  }
}

/** Reasons that only policies may give. */
const OF_POLICIES: ReadonlySet<unknown> = new Set([
  'blocked_by_followee',
  'blocked_followee',
  'account_deactivated',
  'follow_limit_exceeded',
]);

/** Whether a policy sent the command that this came of. */
export function isOfPolicy({ type, data }: TrailEvent): boolean {
  return type === 'FollowRemoved' && OF_POLICIES.has(data.reason);
}

const isRefusal = (type: string) => /(?:Failed|Rejected)$/.test(type);

/** What was answered, to be compared with what the trails say at rest. */
export class Ledger {
  /** By account: by command. */
  readonly #answers = new Map<string, Map<string, Told>>();
  /** By account: how many commands have no answer, so that their ids are not known. */
  readonly #unanswered = new Map<string, number>();

  /** Notes what a command to `account` was answered; a retry's answer is the same command's. */
  note(account: string, answer: Told): void {
    const answers = this.#answers.get(account) ?? new Map<string, Told>();
    this.#answers.set(account, answers);
    answers.set(replyOf(answer).commandId, answer);
  }

  /** Notes that a command to `account` has no answer. */
  noteNone(account: string): void {
    this.#unanswered.set(account, (this.#unanswered.get(account) ?? 0) + 1);
  }

  /** How many commands were answered with this status. */
  count(status: number): number {
    return [...this.#answers.values()]
      .flatMap((answers) => [...answers.values()])
      .filter((answer) => answer.status === status).length;
  }

  /** Every way in which the trails say otherwise than the answers. To be called at rest. */
  async judge(client: Client, url: string): Promise<string[]> {
    const faults: string[] = [];
    const accounts = new Set([...this.#answers.keys(), ...this.#unanswered.keys()]);
    await withEach(accounts, async (account) => {
      const trail = await trailOf(client, url, account);
      faults.push(...gaps(account, trail), ...this.#lies(account, trail));
    });
    return faults;
  }

  /** What the account's trail says otherwise than the answers. */
  #lies(account: string, trail: readonly TrailEvent[]): string[] {
    const faults: string[] = [];
    const answers = this.#answers.get(account) ?? new Map<string, Told>();
    const recorded = new Map<string, TrailEvent[]>();
    for (const event of trail) {
      const { commandId } = event.cause;
      recorded.set(commandId, [...(recorded.get(commandId) ?? []), event]);
    }
    for (const [commandId, answer] of answers) {
      const found = recorded.get(commandId) ?? [];
      const told = replyOf(answer).events ?? [];
      if (answer.status === 200 || answer.status === 409) {
        if (outline(found) !== outline(told)) {
          faults.push(`${account}: ${commandId}: ${outline(told)}, recorded ${outline(found)}`);
        }
      } else if (found.length > 1) {
        faults.push(`${account}: ${commandId} was not acknowledged and took effect twice`);
      }
    }
    const unknown = [...recorded].filter(([commandId]) => !answers.has(commandId));
    for (const [commandId, events] of unknown) {
      if (events.length > 1) faults.push(`${account}: ${commandId} took effect twice`);
    }
    const unanswered = this.#unanswered.get(account) ?? 0;
    const sent = unknown.filter(([, events]) => !events.some(isOfPolicy)).length;
    if (sent > unanswered) {
      faults.push(`${account}: ${sent} records, ${unanswered} commands without answer`);
    }
    return faults;
  }
}

function outline(events: readonly z.infer<typeof eventSchema>[]): string {
  return JSON.stringify(events.map(({ id, type, actor }) => `${type} ${id} v${actor.version}`));
}

/** Where the versions of a trail do not go up by one with every event that is no refusal. */
function gaps(account: string, trail: readonly TrailEvent[]): string[] {
  const faults: string[] = [];
  let version = 0;
  for (const { type, actor } of trail) {
    if (!isRefusal(type)) version += 1;
    if (actor.version !== version) {
      faults.push(`${account}: ${type} has version ${actor.version}, expected ${version}`);
    }
  }
  return faults;
}
