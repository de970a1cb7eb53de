import { randomUUID } from 'node:crypto';
import type { ServerProcess } from '../support/server-process.ts';
import type { Answer, Client } from './client.ts';
import { isUnavailable, type Ledger, replyOf } from './ledger.ts';
import { anyCommand, registration, type Sent, sendNoted, settle } from './load.ts';
import { oneOf, randomFrom } from './seed.ts';

const CLIENTS = 24;
/** Share of registrations, and of commands that are sent again after they were answered. */
const REGISTERING = 0.15;
const SENT_AGAIN = 0.25;
/** Share of the registrations that nobody repeats, so that crashes leave their claims behind. */
const ABANDONED = 0.4;

/** A registration that was sent, with what its contenders want too. */
export interface Attempt {
  readonly account: string;
  readonly email: string;
  readonly username: string;
  /** The last answer; `null` where none came. */
  answer: Answer | null;
}

/** A command under a key, with its first answer. */
export interface Keyed {
  readonly sent: Sent;
  readonly key: string;
  readonly answer: Answer;
}

export interface Outcome {
  /** Where a repeated command was answered otherwise than at first. */
  readonly faults: string[];
  readonly attempts: Attempt[];
  readonly answered: Keyed[];
}

/**
 * Drives nodes that share a store with commands under keys, each sent until it is answered, while
 * the nodes crash.
 * @param crashes after how many answers which node crashes, in order
 */
export async function driveThroughCrashes(
  { client, ledger, seed }: { client: Client; ledger: Ledger; seed: number },
  nodes: readonly ServerProcess[],
  accounts: readonly string[],
  crashes: readonly { readonly after: number; readonly node: number }[],
): Promise<Outcome> {
  const faults: string[] = [];
  const attempts: Attempt[] = [];
  const ahead = [...crashes];
  const crashing: Promise<void>[] = [];
  const answered: Keyed[] = [];
  let isOver = false;

  const crashWhenDue = () => {
    const [next] = ahead;
    if (next === undefined || answered.length < next.after) return;
    ahead.shift();
    const node = nodes[next.node];
    if (node !== undefined) crashing.push(node.crash());
    if (ahead.length === 0) void endOnceAllServe();
  };
  const endOnceAllServe = async () => {
    await Promise.allSettled(crashing);
    isOver = true;
  };
  const drive = async (n: number) => {
    const random = randomFrom(seed + 1_000 * n);
    const anyNode = () => oneOf(random, nodes).url;
    while (!isOver) {
      if (random() < REGISTERING) {
        await contend(random, anyNode);
      } else {
        const sent = anyCommand(random, accounts);
        await once(sent, random, anyNode);
      }
    }
  };
  const once = async (sent: Sent, random: () => number, anyNode: () => Promise<string>) => {
    const key = randomUUID();
    const answer = await settle(client, anyNode, sent, key);
    ledger.note(sent.account, answer);
    answered.push({ sent, key, answer });
    crashWhenDue();
    if (random() < SENT_AGAIN) {
      const again = await settle(client, anyNode, sent, key);
      faults.push(...differences(answer, again));
    }
    return answer;
  };
  /** Wants an email and a username that others want too. */
  const contend = async (random: () => number, anyNode: () => Promise<string>) => {
    // Few values at a time, and new ones as the load goes on.
    const value = () => `v${attempts.length >> 4}_${Math.floor(random() * 3)}`;
    const account = `r_${attempts.length}`;
    const attempt: Attempt = { account, email: value(), username: value(), answer: null };
    attempts.push(attempt);
    const sent = registration(account, attempt.email, attempt.username);
    if (random() >= ABANDONED) {
      attempt.answer = await once(sent, random, anyNode);
      return;
    }
    const came = await sendNoted(client, await anyNode(), ledger, sent);
    if (!(came instanceof Error) && !isUnavailable(came)) attempt.answer = came;
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, n) => drive(n)));
  await Promise.all(crashing);
  return { faults, attempts, answered };
}

/** What a retry under the same key gets otherwise than the first try got. */
export function differences(first: Answer, again: Answer): string[] {
  const { commandId } = replyOf(first);
  const faults: string[] = [];
  if (again.text !== first.text || again.status !== first.status) {
    faults.push(`${commandId}: ${first.status} ${first.text}, then ${again.status} ${again.text}`);
  }
  if (again.headers.etag !== first.headers.etag) faults.push(`${commandId}: another ETag`);
  if (again.headers['idempotency-replayed'] !== 'true') faults.push(`${commandId}: not replayed`);
  return faults;
}
