/**
 * Commands answered later. They are kept durably before they are acknowledged, and run until they
 * have an outcome, by whichever node comes to it: every outcome is kept with the target, so that
 * two nodes running the same command do it once.
 */

import { writeEntry } from './async-entry.ts';
import { AsyncRunner, type AsyncTools } from './async-runner.ts';
import type { AsyncAnswer, Delivery, ValidCommand } from './engine.ts';
import { fingerprintOf, newPointer, pointerKey, readPointer } from './idempotency.ts';
import { failed, type Identity, newIdentity } from './message.ts';
import type { Outcome } from './outcome.ts';
import { partitionsOf } from './partitions.ts';
import { type AsyncCommand, StoreUnavailable } from './store.ts';

/** The async commands of one node: those it took, and those a dead one left. */
export class AsyncCommands {
  readonly #tools: AsyncTools;
  readonly #runner: AsyncRunner;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(tools: AsyncTools) {
    this.#tools = tools;
    this.#runner = new AsyncRunner(tools, this.#stopping.signal);
  }

  /** Keeps a command durably, then runs it. Does not reject. */
  async submit(command: ValidCommand, delivery: Delivery): Promise<AsyncAnswer> {
    const { runtime, store, log, limits } = this.#tools;
    const fresh = newIdentity(runtime, delivery);
    if (this.#stopped || this.#underWay.size >= limits.nodeCommandsMax) {
      return failed({ identity: fresh }, { code: 'overloaded', limit: 'node' });
    }
    try {
      const identity = await this.#identify(command, delivery, fresh);
      if (!identity) return failed({ identity: fresh }, { code: 'idempotency_key_reused' });
      const { commandId } = identity;
      const isKnown = identity !== fresh;
      const earlier = isKnown ? await store.async(commandId) : null;
      const text = writeEntry(command, delivery, identity);
      const own = { commandId, command: text, result: null };
      void this.#start(earlier ?? (await this.#keep(own, isKnown)));
      return { status: 'pending', commandId, replayed: earlier !== null };
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        return failed({ identity: fresh }, { code: 'unavailable' });
      }
      log.error({ err: error, traceId: fresh.traceId }, 'an async command could not be kept');
      return failed({ identity: fresh }, { code: 'system_error' });
    }
  }

  /** @throws StoreUnavailable */
  async outcome(commandId: string): Promise<Outcome | 'pending' | null> {
    const kept = await this.#tools.store.async(commandId);
    if (!kept) return null;
    // Only `JSON.stringify` of an outcome is ever kept as a result.
    return kept.result === null ? 'pending' : (JSON.parse(kept.result) as Outcome);
  }

  /** Takes up what a dead node left, now and then again, until `stop`. */
  async sweep(): Promise<void> {
    const { runtime, limits, log } = this.#tools;
    while (!this.#stopped) {
      try {
        await this.#sweepOnce();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) {
          log.error({ err: error }, 'the sweep for async commands failed');
        }
      }
      await runtime.sleep(limits.asyncSweepMs, this.#stopping.signal);
    }
  }

  /** Starts nothing more; resolves when what runs has ended its try. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#underWay.values());
  }

  /**
   * @param isKnown its key was used before: another node may have kept its own, with a result
   * @returns what is kept under its id
   * @throws StoreUnavailable
   */
  async #keep(own: AsyncCommand, isKnown: boolean): Promise<AsyncCommand> {
    const { store } = this.#tools;
    await store.putAsync(own.commandId, own.command);
    return (isKnown ? await store.async(own.commandId) : null) ?? own;
  }

  /** The identity the key stands for; `null` when it was used with another body. */
  async #identify(
    command: ValidCommand,
    delivery: Delivery,
    fresh: Identity,
  ): Promise<Identity | null> {
    const { store, runtime, replyTtlMs } = this.#tools;
    if (delivery.idempotencyKey === undefined) return fresh;
    const fingerprint = fingerprintOf(runtime, command);
    const key = pointerKey(delivery, delivery.idempotencyKey);
    const pointer = { ...newPointer(key, fingerprint, fresh), ttlMs: replyTtlMs };
    const request = { pointers: [pointer], actor: null, views: [], entries: [], sizes: [] };
    const stored = (await store.fetch(request)).pointers[0] ?? null;
    if (stored === null) return fresh;
    const earlier = readPointer(stored);
    return earlier.fingerprint === fingerprint ? earlier.identity : null;
  }

  async #sweepOnce(): Promise<void> {
    const { store } = this.#tools;
    await Promise.all(partitionsOf(store).map((partition) => this.#sweepPartition(partition)));
  }

  /** Page by page: what a page leaves pending stays at the head, and is read past. */
  async #sweepPartition(partition: number): Promise<void> {
    const { store, limits } = this.#tools;
    let met: ReadonlySet<string> = new Set();
    let limit = limits.asyncSweepPage;
    while (!this.#stopped) {
      const page = await store.pendingAsync(partition, limit);
      const fresh = page.filter(
        ({ commandId }) => !met.has(commandId) && !this.#underWay.has(commandId),
      );
      await this.#endOf(fresh.map((kept) => this.#start(kept)));
      if (page.length < limit) return;
      met = new Set(page.map(({ commandId }) => commandId));
      limit = limits.asyncSweepPage + page.length - fresh.length;
    }
  }

  /** Waits for runs, but no longer than from one sweep to the next: some may go on for long. */
  async #endOf(runs: readonly Promise<void>[]): Promise<void> {
    if (runs.length === 0) return;
    const { runtime, limits } = this.#tools;
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, this.#stopping.signal]);
    await Promise.race([Promise.all(runs), runtime.sleep(limits.asyncSweepMs, signal)]);
    ended.abort();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Resolves when the command has ended its try. */
  async #start(kept: AsyncCommand): Promise<void> {
    const { commandId, result } = kept;
    if (this.#stopped || result !== null || this.#underWay.has(commandId)) return;
    const run = this.#runner.run(kept).finally(() => this.#underWay.delete(commandId));
    this.#underWay.set(commandId, run);
    await run;
  }
}
