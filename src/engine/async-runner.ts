import { type AsyncEntry, readEntry } from './async-entry.ts';
import type { EngineLimits } from './limits.ts';
import { failed, type Message } from './message.ts';
import type { Outcome } from './outcome.ts';
import { ForgottenHistory, recall } from './recall.ts';
import type { Log, Runtime } from './runtime.ts';
import { type AsyncCommand, type Store, StoreUnavailable } from './store.ts';
import type { Submitter } from './submit.ts';

/** The longest wait between two tries of one async command, in milliseconds. */
const RETRY_WAIT_MS_MAX = 5_000;

/**
 * For how long a command that this code does not take is left to nodes of other code, which run
 * beside it while a new version is rolled out, in milliseconds.
 */
const OTHERS_AGE_MS_MAX = 10 * 60 * 1_000;

/** How far the clocks of nodes may disagree, generously, in milliseconds. */
const CLOCKS_APART_MS_MAX = 24 * 60 * 60 * 1_000;

/** A command that is left to nodes of newer code: every node looks for such ones now and then. */
const LEFT = Symbol('left');

/** What async commands are kept and run with. */
export interface AsyncTools {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: EngineLimits;
  readonly replyTtlMs: number;
  readonly submitter: Submitter;
}

/** Runs kept commands, its own node's and those that a dead one left. */
export class AsyncRunner {
  readonly #tools: AsyncTools;
  readonly #stopping: AbortSignal;

  constructor(tools: AsyncTools, stopping: AbortSignal) {
    this.#tools = tools;
    this.#stopping = stopping;
  }

  /** Brings a command to an outcome that is kept, unless the node stops before. Does not reject. */
  async run(kept: AsyncCommand): Promise<void> {
    const { store, log, replyTtlMs } = this.#tools;
    const { commandId } = kept;
    try {
      const outcome = await this.#outcomeOf(kept);
      if (!outcome) return;
      await this.#insist(async () => {
        await store.finishAsync(commandId, resultOf(outcome), replyTtlMs);
        return true;
      });
    } catch (error) {
      log.error({ err: error, commandId }, 'the result of an async command could not be kept');
    }
  }

  /** Does not reject. `null` when the node stops, or where it is left to nodes of other code. */
  async #outcomeOf({ commandId, command }: AsyncCommand): Promise<Outcome | null> {
    let traceId = commandId.replaceAll('-', '');
    try {
      const entry = readEntry(command);
      traceId = entry.identity.traceId;
      const message = this.#messageOf(entry);
      return message && (await this.#decided(message));
    } catch (error) {
      // Not again at every sweep: what failed here fails whenever it is tried.
      this.#tools.log.error(
        { err: error, commandId, traceId },
        'an async command could not be run',
      );
      return { status: 'failed', commandId, traceId, failure: { code: 'system_error' } };
    }
  }

  /** `null` where it is left to others. @throws where nobody can address it */
  #messageOf({ type, body, delivery, identity }: AsyncEntry): Message | null {
    const { runtime, submitter } = this.#tools;
    const command = submitter.revalidate(type, body);
    if (command) {
      return submitter.address({ command, delivery, identity, keep: 'everything', pointer: null });
    }
    if (runtime.now() - identity.at < OTHERS_AGE_MS_MAX) return null;
    throw new Error(`no code at hand takes this ${type}`);
  }

  /** Runs a message unless it was run before. `null` when the node stops, or others are to run it. */
  async #decided(message: Message): Promise<Outcome | null> {
    const { runtime, submitter, replyTtlMs } = this.#tools;
    // What took effect after this was looked for, or answered, has its reply kept still.
    let unansweredAt = message.identity.at;
    const decided = await this.#insist<Outcome | typeof LEFT>(async () => {
      const now = runtime.now();
      // Well before a reply can have expired: nodes and the store have clocks of their own.
      if (now - unansweredAt > replyTtlMs / 2) {
        const recalled = await this.#recalled(message);
        if (recalled) return recalled;
        unansweredAt = now;
      }
      const outcome = await submitter.send(message);
      if (isForNewer(outcome)) return LEFT;
      return isPassing(outcome) ? null : outcome;
    });
    return decided === LEFT ? null : decided;
  }

  /** What became of a message long ago; `null`: nothing. @throws StoreUnavailable */
  async #recalled(message: Message): Promise<Outcome | null> {
    const { store, log, replyTtlMs } = this.#tools;
    const { at: since, commandId } = message.identity;
    try {
      // A key's pointer outlives the first try: a retry is committed as late as that.
      return await recall(store, message, { since, lateMsMax: replyTtlMs + CLOCKS_APART_MS_MAX });
    } catch (error) {
      if (!(error instanceof ForgottenHistory)) throw error;
      log.error({ err: error, commandId }, 'an async command is too old to be run');
      return failed(message, { code: 'unavailable' });
    }
  }

  /** Tries, at least once, until there is a result, or the node stops: then `null`. */
  async #insist<T>(attempt: () => Promise<T | null>): Promise<T | null> {
    const { runtime } = this.#tools;
    for (let tries = 0; tries === 0 || !this.#stopping.aborted; tries++) {
      if (tries > 0) {
        const waitMs = runtime.random() * Math.min(50 * 2 ** tries, RETRY_WAIT_MS_MAX);
        await runtime.sleep(waitMs, this.#stopping);
      }
      try {
        const result = await attempt();
        if (result !== null) return result;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
    }
    return null;
  }
}

/** Whichever node or try comes to the outcome: to the one who asked it is the first answer. */
function resultOf(outcome: Outcome): string {
  const isDecided = outcome.status !== 'failed';
  return JSON.stringify(isDecided ? { ...outcome, replayed: false } : outcome);
}

function isForNewer(outcome: Outcome): boolean {
  if (outcome.status !== 'failed' || outcome.failure.code !== 'unavailable') return false;
  return outcome.failure.byNewer === true;
}

/** A fault that another try may not meet. */
function isPassing(outcome: Outcome): boolean {
  if (outcome.status !== 'failed') return false;
  return outcome.failure.code === 'unavailable' || outcome.failure.code === 'overloaded';
}
