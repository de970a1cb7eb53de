import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { actorKey } from '../../../src/engine/address.ts';
import type { Commit, TurnId } from '../../../src/engine/store.ts';
import { commitKeys, commitValues } from '../../../src/storage/redis/commit.ts';
import { Keys } from '../../../src/storage/redis/keys.ts';
import { SCRIPTS } from '../../../src/storage/redis/scripts.ts';
import { accountId } from '../load/workload.ts';

/** As many as the engine's commands are spread over. */
const ACTORS = 1_000;

/**
 * The commit script with the arguments of the engine's own commits, made beforehand: a commit seen
 * is the pattern for all, with its turn, its predecessor, its account and its entry exchanged.
 */
export class CommitScript {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #pattern: Commit;
  readonly #lastTurns = new Map<number, TurnId>();
  #next = 0;
  #sha = '';
  #corked = false;

  constructor(port: number, partitions: number, pattern: Commit) {
    this.#redis = new Redis(port, '127.0.0.1');
    this.#keys = new Keys(partitions);
    this.#pattern = pattern;
  }

  async open(): Promise<void> {
    this.#sha = String(await this.#redis.script('LOAD', SCRIPTS.commit.source));
  }

  /** The arguments of so many commits, accounts in turn, accounts that the engine has not. */
  prepare(count: number): string[][] {
    return Array.from({ length: count }, () => {
      const number = this.#next++;
      const account = number % ACTORS;
      const actor = { type: this.#pattern.actor.type, id: `script-${account}` };
      const turnId = randomBytes(12).toString('base64url') as TurnId;
      const commit: Commit = {
        ...this.#pattern,
        actor,
        turnId,
        expected: this.#lastTurns.get(account) ?? null,
        entries: this.#pattern.entries.map((entry) => ({ ...entry, key: accountId(number) })),
      };
      this.#lastTurns.set(account, turnId);
      const key = actorKey(actor);
      const keys = commitKeys(this.#keys, this.#keys.partition(key), key, commit);
      return [this.#sha, String(keys.length), ...keys, ...commitValues(key, commit)];
    });
  }

  async commit(args: readonly string[]): Promise<void> {
    if (!this.#corked) {
      this.#corked = true;
      const { stream } = this.#redis;
      stream.cork();
      setImmediate(() => {
        this.#corked = false;
        stream.uncork();
      });
    }
    const reply = await this.#redis.call('evalsha', ...args);
    if (typeof reply !== 'number') throw new Error(`the script answered ${JSON.stringify(reply)}`);
  }
}
