/** Redis through a client written by hand for these replies: what one tick writes is one string. */
import { connect, type Socket } from 'node:net';
import type { FollowAccount, FollowFacts } from './account.ts';
import {
  type AccountKeys,
  type BareStore,
  COMMIT_SCRIPT,
  keysOf,
  type StoredAccount,
  toFacts,
} from './store.ts';

type Reply = string | number | null | Reply[];
type Take = (reply: Reply) => void;

class RawRedis {
  readonly #socket: Socket;
  readonly #waiting: Take[] = [];
  #head = 0;
  #out = '';
  #rest = '';
  #at = 0;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk) => this.#read(String(chunk)));
  }

  /** Sends a command of ASCII arguments; `take` gets its reply. */
  send(args: readonly string[], take: Take): void {
    if (this.#out === '') setImmediate(() => this.#flush());
    let out = `*${args.length}\r\n`;
    for (const arg of args) out += `$${arg.length}\r\n${arg}\r\n`;
    this.#out += out;
    this.#waiting.push(take);
  }

  #flush(): void {
    this.#socket.write(this.#out, 'latin1');
    this.#out = '';
  }

  #read(chunk: string): void {
    this.#rest = this.#rest === '' ? chunk : this.#rest + chunk;
    this.#at = 0;
    for (;;) {
      const start = this.#at;
      const reply = this.#parse();
      if (reply === undefined) {
        this.#rest = this.#rest.slice(start);
        break;
      }
      const take = this.#waiting[this.#head++];
      take?.(reply);
    }
    if (this.#head > 1_000) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** The next whole reply, or `undefined` where there is none yet. */
  #parse(): Reply | undefined {
    const end = this.#rest.indexOf('\r\n', this.#at);
    if (end < 0) return undefined;
    const type = this.#rest.charCodeAt(this.#at);
    const line = this.#rest.slice(this.#at + 1, end);
    this.#at = end + 2;
    switch (type) {
      case 0x3a: // :
        return Number(line);
      case 0x24: // $
        return this.#bulk(Number(line));
      case 0x2a: // *
        return this.#array(Number(line));
      case 0x2b: // +
        return line;
      default:
        throw new Error(`Redis answered ${line}`);
    }
  }

  #bulk(length: number): Reply | undefined {
    if (length < 0) return null;
    const start = this.#at;
    if (start + length + 2 > this.#rest.length) return undefined;
    this.#at = start + length + 2;
    return this.#rest.slice(start, start + length);
  }

  #array(length: number): Reply | undefined {
    const items: Reply[] = [];
    for (let index = 0; index < length; index++) {
      const item = this.#parse();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
}

export class RawStore implements BareStore {
  readonly #redis: RawRedis;
  #sha = '';

  constructor(port: number) {
    this.#redis = new RawRedis(port);
  }

  async open(): Promise<void> {
    this.#sha = String(await this.#ask(['script', 'load', COMMIT_SCRIPT]));
  }

  async account(keys: AccountKeys): Promise<StoredAccount> {
    const reply = await this.#ask(['hmget', keys.account, 'v', 's']);
    const [version, snapshot] = Array.isArray(reply) ? reply : [];
    if (!version || !snapshot) throw new Error(`no account ${keys.account}`);
    return { version: String(version), snapshot: String(snapshot) };
  }

  facts(keys: AccountKeys, { followerId, followeeId }: FollowAccount): Promise<FollowFacts> {
    return new Promise((resolve) => {
      const replies: Reply[] = [];
      const take = (reply: Reply): void => {
        if (replies.push(reply) < 5) return;
        const [view, following, blocked, blockedBy, count] = replies as (string | null)[];
        resolve(
          toFacts(
            view ?? null,
            following ?? null,
            blocked ?? null,
            blockedBy ?? null,
            Number(count),
          ),
        );
      };
      const other = keysOf(followeeId);
      this.#redis.send(['hget', other.account, 'view'], take);
      this.#redis.send(['zscore', keys.following, followeeId], take);
      this.#redis.send(['zscore', keys.blocked, followeeId], take);
      this.#redis.send(['zscore', other.blocked, followerId], take);
      this.#redis.send(['zcard', keys.following], take);
    });
  }

  commit(args: readonly string[]): Promise<number> {
    return new Promise((resolve) => {
      this.#redis.send(['evalsha', this.#sha, '3', ...args], (reply) => resolve(Number(reply)));
    });
  }

  #ask(args: readonly string[]): Promise<Reply> {
    return new Promise((resolve) => this.#redis.send(args, resolve));
  }
}
