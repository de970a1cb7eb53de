import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { type Answer, type Client, NoAnswer } from './client.ts';
import type { Ledger, Told } from './ledger.ts';
import { oneOf } from './seed.ts';

/** A command and the account it is addressed to. */
export interface Sent {
  readonly account: string;
  readonly type: string;
  readonly body: object;
}

const batchSchema = z.object({
  results: z.array(z.looseObject({ status: z.string(), httpStatus: z.int().default(200) })),
});

/** Sends commands as one batch, and notes each result as if it had been sent alone. */
export async function sendBatchNoted(
  client: Client,
  url: string,
  ledger: Ledger,
  batch: readonly Sent[],
): Promise<{ readonly ms: number; readonly results: readonly Told[] }> {
  const commands = batch.map(({ type, body }) => ({ type, data: body }));
  const { text, ms } = await client.batch(url, commands);
  const results = batchSchema.parse(JSON.parse(text)).results.map((result, index) => {
    const told = { status: result.httpStatus, text: JSON.stringify(result) };
    ledger.note(batch[index]?.account ?? '', told);
    return told;
  });
  return { ms, results };
}

/** Registers an account under this email and username; by default both are made of its id. */
export function registration(account: string, email = account, username = email): Sent {
  const body = { accountId: account, email: `${email}@example.org`, username };
  return { account, type: 'RegisterAccount', body };
}

/** Registers accounts of these ids. */
export async function register(
  client: Client,
  url: string,
  ledger: Ledger,
  ids: readonly string[],
): Promise<void> {
  const commands = ids.map((id) => registration(id));
  const { results } = await sendBatchNoted(client, url, ledger, commands);
  const refused = results.filter(({ status }) => status !== 200);
  if (refused.length > 0) throw new Error(`not registered: ${JSON.stringify(refused)}`);
}

/** `prefix_0`, `prefix_1`, … */
export function named(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}_${n}`);
}

/** One account blocks another: always accepted, and always an event. */
export function block(account: string, other: string): Sent {
  return { account, type: 'BlockAccount', body: { blockerId: account, blockedId: other } };
}

/** Any command between two of these accounts, whatever it comes to. */
export function anyCommand(random: () => number, accounts: readonly string[]): Sent {
  const [account, other] = [oneOf(random, accounts), oneOf(random, accounts)];
  const follow = { followerId: account, followeeId: other };
  const blocking = { blockerId: account, blockedId: other };
  return oneOf(random, [
    { account, type: 'FollowAccount', body: follow },
    { account, type: 'RemoveFollower', body: follow },
    { account, type: 'BlockAccount', body: blocking },
    { account, type: 'UnblockAccount', body: blocking },
  ]);
}

/** Sends a command once and notes what comes. */
export async function sendNoted(
  client: Client,
  url: string,
  ledger: Ledger,
  { account, type, body }: Sent,
): Promise<Answer | NoAnswer> {
  try {
    const answer = await client.command(url, type, body);
    ledger.note(account, answer);
    return answer;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (!error.wasRefused) ledger.noteNone(account);
    return error;
  }
}

const SETTLED_WITHIN_MS = 60_000;
const RETRIED_AFTER_MS = 5;

/**
 * Sends a command under a key, to one node after another, until one says what became of it.
 * @param nextUrl a node that serves, or will
 */
export async function settle(
  client: Client,
  nextUrl: () => Promise<string>,
  { type, body }: Sent,
  key: string = randomUUID(),
): Promise<Answer> {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  let last: Answer | NoAnswer | null = null;
  while (performance.now() < deadline) {
    const url = await nextUrl();
    try {
      last = await client.command(url, type, body, { 'idempotency-key': key });
      if (last.status === 200 || last.status === 409) return last;
      if (last.status !== 503 && last.status !== 429) break;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      last = error;
    }
    await pause(RETRIED_AFTER_MS);
  }
  const came = last instanceof NoAnswer ? last.message : `${last?.status} ${last?.text}`;
  throw new Error(`${type} ${JSON.stringify(body)} under ${key} does not settle: ${came}`);
}
