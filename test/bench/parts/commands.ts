/** Commands sent through the batch route: to fill a server, and to measure the route. */
import { accountId } from '../load/workload.ts';
import { post } from './client.ts';
import type { Target } from './targets.ts';

const BATCH = 1_000;

export interface BatchEntry {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

/** The account of that number, as a command. Its email and username follow from its id. */
export function registration(index: number): BatchEntry {
  const id = accountId(index);
  const data = {
    accountId: id,
    email: `${id}@example.com`,
    username: id.replace('-', '_'),
  };
  return { type: 'RegisterAccount', data };
}

/** One follow, as a command. */
export function follow(follower: number, followee: number): BatchEntry {
  const data = { followerId: accountId(follower), followeeId: accountId(followee) };
  return { type: 'FollowAccount', data };
}

/** One block, as a command. */
export function block(blocker: number, blocked: number): BatchEntry {
  const data = { blockerId: accountId(blocker), blockedId: accountId(blocked) };
  return { type: 'BlockAccount', data };
}

/** Registers accounts until the target holds so many. */
export async function register(target: Target, accounts: number): Promise<void> {
  const from = target.accounts;
  await sendAll(target.port, accounts - from, (number) => registration(from + number));
  target.accounts = accounts;
}

/** Sends commands in batches, two on their way at a time. @throws where one is not accepted */
export async function sendAll(
  port: number,
  count: number,
  entry: (number: number) => BatchEntry,
): Promise<void> {
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < count) {
      const from = next;
      next += BATCH;
      const length = Math.min(BATCH, count - from);
      await sendBatch(
        port,
        batchBody(length, (number) => entry(from + number)),
        length,
      );
    }
  };
  await Promise.all([send(), send()]);
}

/** The body of a batch of so many commands. */
export function batchBody(length: number, entry: (number: number) => BatchEntry): Buffer {
  const commands = Array.from({ length }, (_, number) => entry(number));
  return Buffer.from(JSON.stringify({ commands }));
}

/** The same commands, one a line. */
export function linesBody(length: number, entry: (number: number) => BatchEntry): Buffer {
  const lines = Array.from({ length }, (_, number) => JSON.stringify(entry(number)));
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Sends a batch; its body says by its type what it is. @throws where one is not accepted */
export async function sendBatch(
  port: number,
  body: Buffer,
  commands: number,
  type: 'json' | 'x-ndjson' = 'json',
): Promise<void> {
  const { body: answer } = await post(port, '/v1/commands', body, `application/${type}`);
  const accepted = answer.split('"status":"accepted"').length - 1;
  if (accepted === commands) return;
  const at = Math.max(answer.search(/"status":"(rejected|failed)"/), 0);
  throw new Error(
    `${accepted} of ${commands} commands were accepted; the first that was not: ${answer.slice(at, at + 300)}`,
  );
}
