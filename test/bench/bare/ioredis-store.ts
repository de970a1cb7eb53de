/**
 * Redis through ioredis: commands made directly, without the checks of its method for each, and
 * what one tick writes gathered in one string. Half as dear as its methods over a corked stream.
 */
import { Command, Redis } from 'ioredis';
import type { FollowAccount, FollowFacts } from './account.ts';
import {
  type AccountKeys,
  type BareStore,
  COMMIT_SCRIPT,
  keysOf,
  type StoredAccount,
  toFacts,
} from './store.ts';

const AS_TEXT = { replyEncoding: 'utf8' } as const;

/** Gathers what is written in a tick and hands it over in one piece. */
class Gatherer {
  readonly #redis: Redis;
  #out = '';

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  write(text: string): boolean {
    if (this.#out === '') setImmediate(() => this.#flush());
    this.#out += text;
    return true;
  }

  #flush(): void {
    const out = this.#out;
    this.#out = '';
    this.#redis.stream.write(out);
  }
}

export class IoredisStore implements BareStore {
  readonly #redis: Redis;
  readonly #gather: Gatherer;
  #sha = '';

  constructor(port: number) {
    this.#redis = new Redis(port, '127.0.0.1');
    this.#gather = new Gatherer(this.#redis);
  }

  async open(): Promise<void> {
    this.#sha = String(await this.#redis.script('LOAD', COMMIT_SCRIPT));
  }

  async account(keys: AccountKeys): Promise<StoredAccount> {
    const reply = this.#send<(string | null)[]>('hmget', [keys.account, 'v', 's']);
    const [version, snapshot] = await reply;
    if (!version || !snapshot) throw new Error(`no account ${keys.account}`);
    return { version, snapshot };
  }

  async facts(keys: AccountKeys, { followerId, followeeId }: FollowAccount): Promise<FollowFacts> {
    const other = keysOf(followeeId);
    const [view, following, blocked, blockedBy, count] = await Promise.all([
      this.#send<string | null>('hget', [other.account, 'view']),
      this.#send<string | null>('zscore', [keys.following, followeeId]),
      this.#send<string | null>('zscore', [keys.blocked, followeeId]),
      this.#send<string | null>('zscore', [other.blocked, followerId]),
      this.#send<number>('zcard', [keys.following]),
    ]);
    return toFacts(view, following, blocked, blockedBy, count);
  }

  commit(args: readonly string[]): Promise<number> {
    return this.#send<number>('evalsha', [this.#sha, '3', ...args]);
  }

  #send<Reply>(name: string, args: string[]): Promise<Reply> {
    const command = new Command(name, args, AS_TEXT);
    void this.#redis.sendCommand(command, this.#gather as unknown as NodeJS.WriteStream);
    return command.promise as Promise<Reply>;
  }
}
