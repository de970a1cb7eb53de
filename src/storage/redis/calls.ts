import { setImmediate as nextTurn } from 'node:timers/promises';
import { Command } from 'ioredis';
import { StoreUnavailable } from '../../engine/store.ts';
import type { Connection } from './connection.ts';
import { type Effect, faultOf, outOfReach, replyCode, wasNeverSent } from './faults.ts';
import { CONNECT_WAIT_MS } from './limits.ts';
import type { Script } from './scripts.ts';
import { Watch } from './watch.ts';

/** Names and encoding of every reply: text. */
const TEXT = { replyEncoding: 'utf8' } as const;

/**
 * Sends commands one by one, each at most once, and sees to it that each settles in time: waits
 * for a connection where there is none, gives up one whose answers are overdue.
 */
export class Calls {
  readonly #watch: Watch;
  #closing = false;

  constructor(private readonly connection: Connection) {
    this.#watch = new Watch(() => connection.drop());
  }

  /**
   * Runs a script on the partition of its keys.
   * @throws StoreUnavailable
   */
  script(
    script: Script,
    effect: Effect,
    keys: readonly string[],
    values: readonly string[],
  ): Promise<unknown> {
    return this.run(
      'evalsha',
      effect,
      [script.sha, String(keys.length), ...keys, ...values],
      script,
    );
  }

  /**
   * Runs a command.
   * @throws StoreUnavailable
   */
  async run(name: string, effect: Effect, args: string[], script?: Script): Promise<unknown> {
    const waitedMs = this.connection.gate.isOpen && !this.#closing ? 0 : await this.#opened(0);
    const began = this.#watch.begin(waitedMs);
    try {
      return await this.#send(name, args);
    } catch (error) {
      return await this.#mend(error, name, effect, args, script);
    } finally {
      this.#watch.end(began);
    }
  }

  /** Where it is certain that a command did not run, and why, it is sent again. */
  async #mend(
    error: unknown,
    name: string,
    effect: Effect,
    args: string[],
    script: Script | undefined,
  ): Promise<unknown> {
    let failed = error;
    let waitedMs = 0;
    while (wasNeverSent(failed) && waitedMs < CONNECT_WAIT_MS) {
      waitedMs += await this.#opened(waitedMs);
      failed = await this.#send(name, args).then(done, failedWith);
      if (failed instanceof Done) return failed.reply;
    }
    if (script !== undefined && replyCode(failed) === 'NOSCRIPT') {
      // A server that was restarted or flushed has no scripts: EVAL runs it, and keeps it too.
      failed = await this.#send('eval', args.with(0, script.source)).then(done, failedWith);
      if (failed instanceof Done) return failed.reply;
    }
    throw wasNeverSent(failed) ? outOfReach(null) : faultOf(failed, effect);
  }

  /** Waits for what is under way, and takes nothing more. */
  async end(): Promise<void> {
    this.#closing = true;
    await this.#watch.idle();
  }

  #send(name: string, args: string[]): Promise<unknown> {
    const command = new Command(name, args, TEXT);
    this.connection.send(command);
    return command.promise;
  }

  /** Waits for a connection, a turn of the event loop at least; gives how long that took. */
  async #opened(alreadyMs: number): Promise<number> {
    const began = performance.now();
    await nextTurn();
    if (this.#closing) throw new StoreUnavailable('the store is closed', 'no');
    await this.connection.gate.wait(CONNECT_WAIT_MS - alreadyMs).catch((problem: unknown) => {
      throw outOfReach(problem instanceof Error ? problem : null);
    });
    return performance.now() - began;
  }
}

/** An answer, told apart from an error that was caught. */
class Done {
  constructor(readonly reply: unknown) {}
}

function done(reply: unknown): Done {
  return new Done(reply);
}

function failedWith(error: unknown): unknown {
  return error;
}
