import { z } from 'zod';
import { type Answer, type Client, NoAnswer } from '../faults/client.ts';
import { isOfPolicy, trailOf } from '../faults/ledger.ts';
import {
  type AccountInput,
  type AccountOutput,
  type AccountState,
  accountModel,
  type CommandType,
} from './account-model.ts';
import { checkLinearizable, type Operation } from './checker.ts';

type AccountOperation = Operation<AccountInput, AccountOutput>;

const replySchema = z.looseObject({
  actor: z.object({ version: z.int() }),
  detail: z.string().optional(),
  events: z
    .array(
      z.looseObject({
        type: z.string(),
        data: z.looseObject({
          relationshipId: z.string().optional(),
          wasAlreadyBlocked: z.boolean().optional(),
        }),
      }),
    )
    .optional(),
});
const relationshipSchema = z.object({
  aFollowsB: z.boolean(),
  bFollowsA: z.boolean(),
  aBlockedByB: z.boolean(),
  bBlockedByA: z.boolean(),
});

/** A command as it is sent. */
export interface SentCommand {
  readonly type: CommandType;
  readonly self: string;
  readonly other: string;
  /** Of a registration; made of the account's id unless given. */
  readonly email?: string;
  readonly username?: string;
  readonly ifMatch?: number;
  /** Sent again under this key until it is known what came of it. */
  readonly key?: string;
}

/** The fields of a command between two accounts. */
export function bodyOf(sent: SentCommand): Record<string, string> {
  const { type, self, other, email = `${self}@example.org`, username = self } = sent;
  switch (type) {
    case 'RegisterAccount':
      return { accountId: self, email, username };
    case 'DeactivateAccount':
      return { accountId: self };
    case 'FollowAccount':
    case 'RemoveFollower':
      return { followerId: self, followeeId: other };
    case 'BlockAccount':
    case 'UnblockAccount':
      return { blockerId: self, blockedId: other };
  }
}

const TRIES_MAX = 200;
/** Operations told of an explanation's end, and of what found no place in it. */
const TOLD_MAX = 8;

/** What clients asked of accounts, and when they were answered what. */
export class History {
  readonly #byAccount = new Map<string, AccountOperation[]>();
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  get accounts(): readonly string[] {
    return [...this.#byAccount.keys()];
  }

  /** How many operations have, or have not, a known outcome of this kind. */
  count(kind: AccountOutput['kind'] | 'unknown'): number {
    return [...this.#byAccount.values()]
      .flat()
      .filter(({ output }) => (output?.kind ?? 'unknown') === kind).length;
  }

  /** Sends a command and records it. @param nextUrl where to send it; asked at each try */
  async command(nextUrl: () => Promise<string>, sent: SentCommand): Promise<AccountOutput | null> {
    const { type, self, other, ifMatch = null } = sent;
    const invokedAt = performance.now();
    const output = await this.#settle(nextUrl, sent);
    if (output === 'not taken') return null;
    const input = { kind: 'command', type, self, other, ifMatch } as const;
    this.#record(self, input, output, invokedAt);
    return output;
  }

  /** Asks how two accounts stand to each other; what is said of each is a look at that one. */
  async look(nextUrl: () => Promise<string>, a: string, b: string): Promise<void> {
    const invokedAt = performance.now();
    const answer = await this.#client
      .get(`${await nextUrl()}/v1/relationships/${a}/${b}`)
      .catch(orNoAnswer);
    // Where one of them is not registered, it is not said which.
    if (answer === null || answer.status === 503 || answer.status === 404) return;
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    const seen = relationshipSchema.parse(JSON.parse(answer.text));
    const looks = [
      [a, 'follows', b, seen.aFollowsB],
      [a, 'blocks', b, seen.bBlockedByA],
      [b, 'follows', a, seen.bFollowsA],
      [b, 'blocks', a, seen.aBlockedByB],
    ] as const;
    for (const [account, at, other, holds] of looks) {
      this.#record(account, { kind: 'look', at, other }, { kind: 'seen', holds }, invokedAt);
    }
  }

  /**
   * Every account whose history is not linearizable, told in words. To be called at rest: what
   * policies removed is taken from the trails.
   */
  async judge(url: string): Promise<string[]> {
    const faults: string[] = [];
    for (const [account, operations] of this.#byAccount) {
      const removals = await this.#removals(url, account);
      const verdict = checkLinearizable(accountModel, [...operations, ...removals]);
      if (verdict.isLinearizable) continue;
      const { explained, stuck } = verdict;
      const state = explained.reduce<AccountState>(
        (before, { input, output }) => accountModel.step(before, input, output) ?? before,
        accountModel.initial,
      );
      const told = [
        `${account}: after ${explained.length} of ${operations.length} operations, in ${accountModel.key(state)}`,
        ...explained.slice(-TOLD_MAX).map((operation) => `  then  ${tell(operation)}`),
        ...stuck.slice(-TOLD_MAX).map((operation) => `  never ${tell(operation)}`),
      ];
      faults.push(told.join('\n'));
    }
    return faults;
  }

  /** What policies did, of which no client knows when. */
  async #removals(url: string, account: string): Promise<AccountOperation[]> {
    const trail = await trailOf(this.#client, url, account);
    return trail.filter(isOfPolicy).map(({ type, actor, data }) => {
      const { followeeId, relationshipId } = z
        .object({ followeeId: z.string(), relationshipId: z.string() })
        .parse(data);
      return {
        input: { kind: 'policy', other: followeeId },
        output: { kind: 'accepted', version: actor.version, event: { type, relationshipId } },
        invokedAt: 0,
        completedAt: Number.POSITIVE_INFINITY,
      };
    });
  }

  async #settle(
    nextUrl: () => Promise<string>,
    sent: SentCommand,
  ): Promise<AccountOutput | null | 'not taken'> {
    const headers = {
      ...(sent.key !== undefined && { 'idempotency-key': sent.key }),
      ...(sent.ifMatch !== undefined && { 'if-match': `"${sent.ifMatch}"` }),
    };
    for (let tries = 1; tries <= (sent.key === undefined ? 1 : TRIES_MAX); tries += 1) {
      const answer = await this.#client
        .command(await nextUrl(), sent.type, bodyOf(sent), headers)
        .catch(orNoAnswer);
      const output = answer && outputOf(answer);
      // A try before this one may have taken effect.
      if (output !== null && !(output === 'not taken' && tries > 1)) return output;
    }
    return null;
  }

  #record(
    account: string,
    input: AccountInput,
    output: AccountOutput | null,
    invokedAt: number,
  ): void {
    const operations = this.#byAccount.get(account) ?? [];
    this.#byAccount.set(account, operations);
    const completedAt = output === null ? Number.POSITIVE_INFINITY : performance.now();
    operations.push({ input, output, invokedAt, completedAt });
  }
}

function orNoAnswer(error: unknown): null {
  if (error instanceof NoAnswer) return null;
  throw error;
}

/** What an answer says; `null`: that nobody knows. */
function outputOf({ status, text }: Answer): AccountOutput | null | 'not taken' {
  if (status === 429 || (status === 503 && text.includes('"overloaded"'))) return 'not taken';
  if (status === 503) return null;
  if (status !== 200 && status !== 409 && status !== 412) throw new Error(`${status} ${text}`);
  const { actor, detail = '', events = [] } = replySchema.parse(JSON.parse(text));
  const { version } = actor;
  if (status === 412) return { kind: 'mismatch', version };
  if (status === 409) return { kind: 'rejected', version, reason: detail };
  const [first] = events;
  if (!first) return { kind: 'accepted', version, event: null };
  const { relationshipId, wasAlreadyBlocked } = first.data;
  const event = {
    type: first.type,
    ...(relationshipId !== undefined && { relationshipId }),
    ...(wasAlreadyBlocked !== undefined && { wasAlreadyBlocked }),
  };
  return { kind: 'accepted', version, event };
}

function tell({ input, output, invokedAt, completedAt }: AccountOperation): string {
  const when = `[${invokedAt.toFixed(2)}, ${completedAt.toFixed(2)}]`;
  return `${when} ${JSON.stringify(input)} → ${JSON.stringify(output)}`;
}
