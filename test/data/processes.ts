import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../../dist/src', import.meta.url));
const READY_WITHIN_MS = 30_000;

/** A port nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

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

/** A child process that can be killed and started again. */
class Restartable {
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #said = '';
  readonly #spawn: () => ChildProcess;
  readonly #ready: () => Promise<boolean>;

  constructor(spawnIt: () => ChildProcess, ready: () => Promise<boolean>) {
    this.#spawn = spawnIt;
    this.#ready = ready;
  }

  async start(): Promise<void> {
    const child = this.#spawn();
    this.#child = child;
    this.#said = '';
    const keep = (text: Buffer) => {
      this.#said = `${this.#said}${text.toString()}`.slice(-4_000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    await until(child.spawnargs.join(' '), READY_WITHIN_MS, async () => {
      if (child.exitCode !== null) throw new Error(`it ended at its start:\n${this.#said}`);
      return this.#ready();
    });
  }

  /** Ends it at once, without a word (SIGKILL), or in order. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#child?.kill(signal);
    await this.#ended;
  }
}

export interface Running {
  readonly url: string;
  start(): Promise<void>;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** The built server. @param env its settings, besides where it listens; asked at each start */
export async function everstate(env: () => Record<string, string>): Promise<Running> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const process_ = new Restartable(
    () =>
      spawn(process.execPath, [join(DIST, 'main.js')], {
        env: { PATH: process.env.PATH ?? '', LOG_LEVEL: 'warn', PORT: `${port}`, ...env() },
      }),
    async () => (await fetch(new URL('readyz', url)).catch(() => null))?.ok === true,
  );
  return { url, start: () => process_.start(), end: (signal) => process_.end(signal) };
}

/** A Redis that has every write on disk before it answers. */
export async function durableRedis(dir: string): Promise<Running> {
  const port = await freePort();
  const settings = { dir, port: `${port}`, bind: '127.0.0.1', save: '', appendonly: 'yes' };
  const args = Object.entries({ ...settings, appendfsync: 'always' }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  const process_ = new Restartable(
    () => spawn('redis-server', args),
    async () => (await ping(port)).includes('PONG'),
  );
  return {
    url: `redis://127.0.0.1:${port}`,
    start: () => process_.start(),
    end: (signal) => process_.end(signal),
  };
}

function ping(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (text) => {
      socket.destroy();
      resolve(text.toString());
    });
    socket.once('error', () => resolve(''));
  });
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
  const child = spawn(process.execPath, [join(DIST, 'cli/index.js'), ...args]);
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
