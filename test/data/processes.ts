import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endsWithTests } from '../support/children.ts';
import { freePort } from '../support/redis.ts';

const DIST = fileURLToPath(new URL('../../dist/src', import.meta.url));
const READY_WITHIN_MS = 30_000;

/** Waits until `holds`, and fails with `what` where it does not in time. */
export async function until(
  what: string,
  withinMs: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await pause(5);
  }
}

/** The built server, which can be killed and started again. */
export class ServerProcess {
  readonly url: string;
  readonly #port: number;
  readonly #settings: () => Record<string, string>;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #said = '';

  private constructor(port: number, settings: () => Record<string, string>) {
    this.#port = port;
    this.#settings = settings;
    this.url = `http://127.0.0.1:${port}/`;
  }

  /** @param settings its environment, besides where it listens; asked at each start */
  static async start(settings: () => Record<string, string>): Promise<ServerProcess> {
    const server = new ServerProcess(await freePort(), settings);
    await server.#start();
    return server;
  }

  async kill9(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** Ends it as a crash would, and starts it again. */
  async restart(): Promise<void> {
    await this.kill9();
    await this.#start();
  }

  async #start(): Promise<void> {
    const own = { PATH: process.env.PATH ?? '', LOG_LEVEL: 'warn', PORT: `${this.#port}` };
    const child = endsWithTests(
      spawn(process.execPath, [join(DIST, 'main.js')], { env: { ...own, ...this.#settings() } }),
    );
    this.#child = child;
    this.#said = '';
    const keep = (text: Buffer) => {
      this.#said = `${this.#said}${text.toString()}`.slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    try {
      await until('the server is ready', READY_WITHIN_MS, async () => {
        if (child.exitCode !== null) throw new Error(`it ended at its start:\n${this.#said}`);
        return (await fetch(new URL('readyz', this.url)).catch(() => null))?.ok === true;
      });
    } catch (error) {
      await this.kill9();
      throw error;
    }
  }
}

export interface Replay {
  /** Resolves with the exit code and everything it wrote. */
  readonly ended: Promise<{ readonly exit: number | null; readonly out: string }>;
  kill(): void;
  isRunning(): boolean;
}

/** Starts the built `everstate replay`. */
export function replay(file: string, url: string, stateDir: string): Replay {
  const args = ['replay', file, '--url', url, '--state-dir', stateDir];
  const child = endsWithTests(spawn(process.execPath, [join(DIST, 'cli/index.js'), ...args]));
  let out = '';
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    out += text.toString();
  });
  const ended = new Promise<{ exit: number | null; out: string }>((resolve) => {
    child.once('close', (exit) => resolve({ exit, out }));
  });
  return {
    ended,
    kill: () => void child.kill('SIGKILL'),
    isRunning: () => child.exitCode === null && child.signalCode === null,
  };
}

/** How many batches the one replay that keeps its state in `stateDir` has acknowledged. */
export async function acknowledged(stateDir: string): Promise<number> {
  const names = await readdir(stateDir).catch(() => []);
  const name = names.find((each) => each.endsWith('.json'));
  if (name === undefined) return 0;
  const kept: unknown = JSON.parse(await readFile(join(stateDir, name), 'utf8'));
  const known = typeof kept === 'object' && kept !== null && 'acknowledged' in kept;
  return known ? Number(kept.acknowledged) : 0;
}
