import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'ioredis';
import { StoreUnavailable } from '../../engine/store.ts';
import type { Connection } from './connection.ts';
import { type Effect, faultOf, messageOf, outOfReach, replyCode, wasNeverSent } from './faults.ts';
import { probeBeside } from './keys.ts';
import { CONNECT_WAIT_MS, RECONNECT_MS_MIN } from './limits.ts';
import { TracedCommand } from './replicas.ts';
import type { Script } from './scripts.ts';
import { Watch } from './watch.ts';

/** A command: its name and its arguments. */
export type Words = readonly [name: string, ...args: string[]];

type Send<Answer> = () => Promise<Answer>;

const REPLACED = new Error('another server took the place of the one that was spoken to');

const TEXT = { replyEncoding: 'utf8' } as const;

/**
 * Sends commands, each at most once, and sees to it that each settles in time: waits for a
 * connection where there is none, gives up one whose answers are overdue. What it rejects with is
 * {@link StoreUnavailable}, or a fault of the program.
 */
export class Calls {
  readonly #watch: Watch;
  #closing = false;

  /** @param replicas how many of them must have what is answered, be it written or only read */
  constructor(
    private readonly connection: Connection,
    private readonly replicas = 0,
  ) {
    this.#watch = new Watch(() => connection.drop());
  }

  /** Whether the commands of a burst run in the order they are given in. */
  get keepOrder(): boolean {
    return this.connection.keepsOrder;
  }

  /** Runs one command. */
  run(effect: Effect, [name, ...args]: Words): Promise<unknown> {
    return this.#call(effect, () => this.#send(effect, name, args, args[0]));
  }

  /** Runs several commands that leave together; gives their answers. */
  burst(effect: Effect, commands: readonly Words[]): Promise<readonly unknown[]> {
    return this.#call(effect, () =>
      Promise.all(commands.map(([name, ...args]) => this.#send(effect, name, args, args[0]))),
    );
  }

  /** Runs a script on the partition of its keys. */
  script(
    script: Script,
    effect: Effect,
    keys: readonly string[],
    values: readonly string[],
  ): Promise<unknown> {
    const args = [script.sha, String(keys.length), ...keys, ...values];
    return this.#call(
      effect,
      () => this.#send(effect, 'evalsha', args, keys[0]),
      // A server that was restarted or flushed has no scripts: EVAL runs it, and keeps it too.
      () => this.#send(effect, 'eval', args.with(0, script.source), keys[0]),
    );
  }

  /** Waits for what is under way, and takes nothing more. */
  async end(): Promise<void> {
    this.#closing = true;
    await this.#watch.idle();
  }

  /** @param unknown what to send where the server does not know the script */
  #call<Answer>(effect: Effect, first: Send<Answer>, unknown?: Send<Answer>): Promise<Answer> {
    if (!this.connection.gate.isOpen || this.#closing) {
      return this.#callPatiently(effect, first, true, unknown);
    }
    const began = this.#watch.begin(0);
    return first().then(
      (answer) => {
        this.#watch.end(began);
        return answer;
      },
      (error) => {
        this.#watch.end(began);
        if (unknown && replyCode(error) === 'NOSCRIPT') {
          return this.#callPatiently(effect, unknown, false);
        }
        if (wasNeverSent(error)) return this.#callPatiently(effect, first, true, unknown);
        throw faultOf(error, effect);
      },
    );
  }

  /** Sends again as long as it is certain that it did not run, and there is time. */
  async #callPatiently<Answer>(
    effect: Effect,
    first: Send<Answer>,
    isToWait: boolean,
    unknown?: Send<Answer>,
  ): Promise<Answer> {
    const epoch = this.connection.epoch();
    let send = first;
    let waitedMs = 0;
    let mayWait = isToWait;
    for (;;) {
      if (mayWait) waitedMs += await this.#opened(waitedMs);
      // What a write was made from is not on a server that took the place of another, perhaps.
      if (effect === 'write' && this.connection.epoch() !== epoch) throw outOfReach(REPLACED);
      const began = this.#watch.begin(waitedMs);
      try {
        return await send();
      } catch (error) {
        // Sent again only where it is certain that it did not run.
        mayWait = wasNeverSent(error);
        if (mayWait && waitedMs < CONNECT_WAIT_MS) continue;
        if (mayWait) throw outOfReach(null);
        if (unknown === undefined || send === unknown || replyCode(error) !== 'NOSCRIPT') {
          throw faultOf(error, effect);
        }
        send = unknown;
      } finally {
        this.#watch.end(began);
      }
    }
  }

  /** @param key one that it names */
  #send(effect: Effect, name: string, args: string[], key = ''): Promise<unknown> {
    if (this.replicas === 0 || effect === 'look') {
      const command = new Command(name, args, TEXT);
      this.connection.send(command);
      return command.promise;
    }
    const command = new TracedCommand(name, args, TEXT);
    this.connection.send(command);
    return command.promise.then((answer) => this.#replicated(command, answer, effect, key));
  }

  /** What a failover can take back is neither answered nor acted upon. */
  async #replicated<Answer>(
    command: TracedCommand,
    answer: Answer,
    effect: Effect,
    key: string,
  ): Promise<Answer> {
    const applied = effect === 'write' ? 'unknown' : 'no';
    let found: number;
    try {
      found = await this.connection.replicated(command, probeBeside(key), this.replicas);
    } catch (error) {
      const message = `it is unknown how many replicas have the answer: ${messageOf(error)}`;
      throw new StoreUnavailable(message, applied);
    }
    if (found >= this.replicas) return answer;
    const message = `${found} of ${this.replicas} replicas confirmed the answer in time`;
    throw new StoreUnavailable(message, applied);
  }

  /** Waits for a connection, and a moment where that is there; gives how long it took. */
  async #opened(alreadyMs: number): Promise<number> {
    if (this.#closing) throw new StoreUnavailable('the store is closed', 'no');
    const began = performance.now();
    const { gate } = this.connection;
    if (gate.isOpen) await sleep(RECONNECT_MS_MIN);
    await gate.wait(CONNECT_WAIT_MS - alreadyMs).catch((problem: unknown) => {
      throw outOfReach(problem instanceof Error ? problem : null);
    });
    return performance.now() - began;
  }
}
