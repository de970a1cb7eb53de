import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endsWithTests } from '../../support/children.ts';

const PROGRAM = fileURLToPath(new URL('./node.ts', import.meta.url));

/** A node of the tallies, as a process that can be ended in every way. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';

  private constructor(url: string, seed: number) {
    const args = ['--import', 'tsx', PROGRAM, url, String(seed)];
    this.#child = endsWithTests(spawn(process.execPath, args));
    this.#ended = once(this.#child, 'close');
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#said += text.toString();
    });
  }

  /** Resolves once it works. @param seed another for each: it numbers its pokes by it */
  static async start(url: string, seed: number): Promise<NodeProcess> {
    const node = new NodeProcess(url, seed);
    await node.#saysALine();
    return node;
  }

  /** Has it poke no more; it goes on with what its policies have to do. */
  async rest(): Promise<void> {
    this.#child.stdin?.write('rest\n');
    await this.#saysALine();
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Has it end in order. @returns its exit code */
  async end(): Promise<number | null> {
    this.#child.stdin?.write('end\n');
    await this.#ended;
    return this.#child.exitCode;
  }

  async #saysALine(): Promise<void> {
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('it says nothing');
    await Promise.race([once(stdout, 'data'), this.#ended]);
    if (this.#child.exitCode !== null) throw new Error(`it ended:\n${this.#said}`);
  }
}
