import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BackgroundLimits } from '../../src/engine/background/limits.ts';
import type { EngineLimits } from '../../src/engine/limits.ts';
import { endsWithTests } from './children.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const STARTED_WITHIN_MS = 60_000;

/** What has a built server go by other limits than its own, as settings. */
export function limitsOf(limits: {
  readonly engine?: Partial<EngineLimits>;
  readonly background?: Partial<BackgroundLimits>;
}): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${new URL('./server-limits.js', import.meta.url).href}`,
    ENGINE_LIMITS: JSON.stringify(limits.engine ?? {}),
    BACKGROUND_LIMITS: JSON.stringify(limits.background ?? {}),
  };
}

/** The built server as a process of its own, which can be ended in every way and started again. */
export class ServerProcess {
  readonly #settings: Readonly<Record<string, string>>;
  #child: ChildProcess | null = null;
  #ended: Promise<unknown> = Promise.resolve();
  #serving: Promise<string> = Promise.reject(new Error('not started'));
  #said = '';

  private constructor(settings: Readonly<Record<string, string>>) {
    this.#settings = settings;
    this.#serving.catch(() => {});
  }

  /**
   * Starts one on a free port.
   * @param settings its environment
   */
  static async start(settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const server = new ServerProcess(settings);
    await server.begin();
    return server;
  }

  /** Where it serves; where it is being started, once it does. */
  get url(): Promise<string> {
    return this.#serving;
  }

  /** What it wrote to its log since it began. */
  get log(): string {
    return this.#said;
  }

  /** Of the process that runs, or ran last; 0 where it could not be started. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it when it has ended; resolves once it serves. */
  async begin(): Promise<void> {
    this.#serving = this.#launch();
    await this.#serving;
  }

  /** Ends it as a crash does. */
  async kill9(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** Ends it as a crash does, and starts it again; where that is under way, once more after it. */
  async crash(): Promise<void> {
    const before = this.#serving.catch(() => {});
    this.#serving = before.then(() => this.kill9()).then(() => this.#launch());
    await this.#serving;
  }

  /** Freezes it, at whatever it does: its connections stay, and nothing answers. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** Lets it go on where it was frozen. */
  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Asks it to end, and waits until it has. @returns its exit code: 0 where it was in order, and in time */
  async terminate(): Promise<number | null> {
    this.#child?.kill('SIGTERM');
    await this.#ended;
    return this.#child?.exitCode ?? null;
  }

  async #launch(): Promise<string> {
    const child = endsWithTests(
      spawn(process.execPath, [MAIN], {
        env: { PATH: process.env.PATH ?? '', PORT: '0', LOG_LEVEL: 'error', ...this.#settings },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    this.#child = child;
    this.#said = '';
    this.#ended = once(child, 'close');
    child.stderr.on('data', (text: Buffer) => {
      this.#said = `${this.#said}${text.toString()}`.slice(-8_000);
    });
    let greeting = '';
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(`${reason}:\n${greeting}${this.#said}`));
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail('the server did not start in time');
      }, STARTED_WITHIN_MS);
      child.once('error', reject);
      child.once('close', () => {
        clearTimeout(timer);
        fail('the server ended at its start');
      });
      child.stdout.on('data', (text: Buffer) => {
        greeting += text.toString();
        const url = /serves on (\S+)\n/.exec(greeting)?.[1];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    });
  }
}
