/** A Redis server of the run's own: a free port, nothing on disk. */
import type { ChildProcess } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { newAccountCommand } from '../bare/store.ts';
import { accountId } from '../load/workload.ts';
import { removeAtEnd, start, stop } from './children.ts';

/** What a server was asked for since its start. */
export interface RedisCalls {
  readonly scripts: number;
  /** Those within scripts too. */
  readonly all: number;
}

export class RedisServer {
  readonly #child: ChildProcess;
  readonly client: Redis;

  private constructor(
    child: ChildProcess,
    readonly port: number,
  ) {
    this.#child = child;
    this.client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 });
    // Until the server listens, each try to connect fails.
    this.client.on('error', () => undefined);
  }

  static async start(): Promise<RedisServer> {
    const port = await freePort();
    const directory = temporaryDirectory();
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
    const child = start('redis-server', [...args, '--save', '', '--appendonly', 'no']);
    const server = new RedisServer(child, port);
    await server.client.ping();
    return server;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Bytes that the server counts as used. */
  async usedBytes(): Promise<number> {
    const info = await this.client.info('memory');
    return Number(/used_memory:(\d+)/.exec(info)?.[1]);
  }

  async calls(): Promise<RedisCalls> {
    let [scripts, all] = [0, 0];
    const info = await this.client.info('commandstats');
    for (const [, name, calls] of info.matchAll(/cmdstat_(\S+):calls=(\d+)/g)) {
      all += Number(calls);
      if (name === 'evalsha') scripts += Number(calls);
    }
    return { scripts, all };
  }

  /** Puts in the accounts that the bare servers know. */
  async fillForBare(accounts: number): Promise<void> {
    for (let from = 0; from < accounts; from += 5_000) {
      const pipeline = this.client.pipeline();
      for (let index = from; index < Math.min(from + 5_000, accounts); index++) {
        const [name = '', ...args] = newAccountCommand(accountId(index));
        pipeline.call(name, ...args);
      }
      await pipeline.exec();
    }
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    await stop(this.#child);
  }
}

/** The installed server's version; `null` when there is none on the PATH. */
export function redisVersion(): string | null {
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  return /v=(\S+)/.exec(stdout ?? '')?.[1] ?? null;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
      });
    });
  });
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'everstate-bench-'));
  removeAtEnd(directory);
  return directory;
}
