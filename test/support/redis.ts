import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endsWithTests } from './children.ts';

export interface RedisServerOptions {
  /** Further arguments, after `--save "" --appendonly no`, so that they may say otherwise. */
  readonly args?: readonly string[];
  /** Where it keeps its data; a new temporary directory, removed at the end, unless given. */
  readonly dir?: string;
  /** A free one unless given. */
  readonly port?: number;
}

/** A real Redis server of a test's own. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it in order and removes what it kept. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill9(): Promise<void>;
  /** Starts it again, with the same port and directory; ends it as a crash would if it runs. */
  restart(): Promise<void>;
  /** Freezes it: connections stay, nothing answers. */
  pause(): void;
  resume(): void;
  /** Runs one command with `redis-cli` in it or over a connection; gives the raw reply. */
  command(...args: string[]): Promise<string>;
}

/** Set by the global setup where no `redis-server` is on the PATH: the image to run instead. */
export const REDIS_IMAGE_VARIABLE = 'EVERSTATE_TEST_REDIS_IMAGE';

/** Starts a Redis server and resolves once it answers. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'everstate-redis-')));
  const port = options.port ?? (await freePort());
  const args = ['--save', '', '--appendonly', 'no', '--enable-debug-command', 'local'];
  const launch = () => launchServer(port, dir, [...args, ...(options.args ?? [])]);
  let server = await launch();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    async stop() {
      await server.end('SIGTERM');
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
    kill9: () => server.end('SIGKILL'),
    async restart() {
      await server.end('SIGKILL');
      server = await launch();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    command: (...words) => ask(port, words),
  };
}

interface Running {
  readonly pid: number;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

async function launchServer(port: number, dir: string, args: readonly string[]): Promise<Running> {
  const image = process.env[REDIS_IMAGE_VARIABLE];
  const own = ['--port', String(port), '--bind', '127.0.0.1', ...args];
  const container = `everstate-redis-${port}`;
  const child =
    image === undefined
      ? spawnServer([...own, '--dir', dir])
      : spawnContainer(image, container, dir, own);
  const running: Running = {
    pid: child.pid ?? 0,
    signal: (name) => {
      if (image === undefined) child.kill(name);
      else docker(name === 'SIGSTOP' ? 'pause' : 'unpause', container);
    },
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      if (image === undefined) {
        child.kill(signal);
        // A frozen process takes SIGTERM only once it goes on.
        child.kill('SIGCONT');
      } else {
        docker('kill', `--signal=${signal}`, container);
      }
      await ended;
    },
  };
  try {
    await answers(child, port);
  } catch (error) {
    await running.end('SIGKILL');
    throw error;
  }
  return running;
}

function spawnServer(args: readonly string[]): ChildProcess {
  return endsWithTests(spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

function spawnContainer(image: string, name: string, dir: string, args: string[]): ChildProcess {
  const mount = `${dir}:/data`;
  const run = ['run', '--rm', '--name', name, '--network', 'host', '-v', mount, image];
  return spawn('docker', [...run, 'redis-server', ...args, '--dir', '/data'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function docker(...args: string[]): void {
  execFileSync('docker', args, { stdio: 'ignore' });
}

/** Resolves once the server answers a ping with anything, `LOADING` included. */
async function answers(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
    });
  }
  let failed: Error | undefined;
  child.on('error', (error) => {
    failed = error;
  });
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    if (failed !== undefined) throw failed;
    if (child.exitCode !== null) break;
    try {
      const reply = await ask(port, ['PING']);
      if (!reply.startsWith('-LOADING')) return;
    } catch {
      // Not up yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`redis-server did not come up on port ${port}:\n${output}`);
}

/** Sends one command over a connection of its own and gives the first chunk of the reply. */
function ask(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${parts.join('')}`);
  });
}

/** Tests that run beside each other take ports of their own. */
const PORTS_EACH = 1_000;
const FIRST_PORT = 20_000 + PORTS_EACH * (Number(process.env.VITEST_POOL_ID ?? 0) % 10);
let taken = Math.floor(Math.random() * PORTS_EACH);

/**
 * A port that nothing listens on, and that stays free while a server on it is away: it is not among
 * those that systems give to who asks for any, or calls another.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS_EACH; tries++) {
    taken = (taken + 1) % PORTS_EACH;
    const port = FIRST_PORT + taken;
    if (await isFree(port)) return port;
  }
  throw new Error('there is no free port');
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
