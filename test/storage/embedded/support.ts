import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Store } from '../../../src/engine/store.ts';
import { act, newActor } from '../../contract/suite/draft.ts';
import { endsWithTests } from '../../support/children.ts';

const PROGRAM = fileURLToPath(new URL('./process.ts', import.meta.url));

/** A directory of its own, removed after the test. */
export function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'everstate-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The store, closed after the test. */
export function closing(store: Store): Store {
  onTestFinished(() => store.close());
  return store;
}

/** A process of its own that uses a store, and tells line by line what becomes of it. */
export class StoreProcess {
  readonly #lines: AsyncIterableIterator<string>;

  private constructor(
    readonly child: ChildProcess,
    lines: AsyncIterable<string>,
  ) {
    const iterator = lines[Symbol.asyncIterator]();
    this.#lines = { next: () => iterator.next(), [Symbol.asyncIterator]: () => this.#lines };
  }

  /** @param before what the command line begins with, before Node's own */
  static start(dir: string, task: string, before: readonly string[] = []): StoreProcess {
    const node = [process.execPath, '--import', 'tsx', PROGRAM, dir, task];
    const [command = process.execPath, ...rest] = [...before, ...node];
    const child = endsWithTests(spawn(command, rest, { stdio: ['pipe', 'pipe', 'ignore'] }));
    onTestFinished(() => void child.kill('SIGKILL'));
    return new StoreProcess(child, createInterface({ input: child.stdout }));
  }

  /** Its next line; `null` when it has ended. */
  async line(): Promise<string | null> {
    const { value, done } = await this.#lines.next();
    return done === true ? null : value;
  }

  /** Lets it go on. */
  go(): void {
    this.child.stdin?.write('\n');
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

/** Writes one record to a new actor. */
export async function writeOne(store: Store): Promise<void> {
  await act(store, newActor(), { state: '{}', records: [{ body: '{}', snapshot: null }] });
}
