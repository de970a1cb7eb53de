/** Every process that the run starts, so that none outlives it. */
import { type ChildProcess, fork, type StdioOptions, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/** The options that `npm start` gives Node: whatever is measured runs with the same. */
const NODE_OPTIONS = startOptions(
  readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
);
const children = new Set<ChildProcess>();
const directories = new Set<string>();

/** Starts a program of another kind, such as `redis-server`. */
export function start(program: string, args: readonly string[]): ChildProcess {
  return keep(spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
}

/** Starts a Node process that can talk to this one. Settings in this one's environment are not its own. */
export function startNode(
  module: URL,
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): ChildProcess {
  const { PATH, TMPDIR } = process.env;
  const env = { PATH, TMPDIR, NODE_ENV: 'production', ...environment };
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc'];
  return keep(fork(module, args, { env, stdio, execArgv: NODE_OPTIONS }));
}

/** Asks a process to end and waits until it has; one that does not within 10 s is killed. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(late);
}

/** Has a directory removed when the run ends, however it ends. */
export function removeAtEnd(directory: string): void {
  directories.add(directory);
}

/** The next message of a child; rejects when it ends instead. */
export function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      child.off('message', onMessage);
      reject(new Error(`${child.spawnargs.slice(-2).join(' ')} ended with code ${code}`));
    };
    const onMessage = (message: unknown): void => {
      child.off('exit', onExit);
      resolve(message as Message);
    };
    child.once('exit', onExit);
    child.once('message', onMessage);
  });
}

function startOptions(packageJson: string): string[] {
  const { scripts } = JSON.parse(packageJson);
  const [, ...words] = String(scripts.start).split(' ');
  return words.filter((word) => word.startsWith('--'));
}

function keep(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}
