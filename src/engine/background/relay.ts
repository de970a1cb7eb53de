import type { Failure, Outcome } from '../outcome.ts';
import { StoreUnavailable } from '../store.ts';
import type { RowWrite } from '../work-store.ts';
import type { Arrival } from './arrival.ts';
import { backoffMs } from './backoff.ts';
import { type DeliveryTools, deliver } from './delivery.ts';
import { withFailure } from './history.ts';
import { allRows } from './paging.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { type PolicyMessage, read } from './rows.ts';
import type { StepTools, StepWriter } from './step-writer.ts';
import type { Outgoing } from './transition.ts';

export interface RelayTools extends DeliveryTools, Pick<StepTools, 'log'> {
  readonly writer: StepWriter;
  readonly partition: number;
  /** Takes an outcome to its instance. */
  readonly arrive: (arrival: Arrival) => void;
}

/** Commands of one instance that one message sent: they go out together. */
interface Group {
  readonly cause: string;
  readonly waiting: Outgoing[];
  underWay: number;
}

/**
 * Delivers what a policy's instances on one partition have in their outboxes. An instance's
 * commands go group by group, in the order of the messages that sent them; within a group those
 * to one actor keep their order.
 */
export class Relay {
  readonly #tools: RelayTools;
  readonly #policy: PolicyRuntime;
  readonly #groups = new Map<string, Group[]>();
  readonly #known = new Set<string>();
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(tools: RelayTools, policy: PolicyRuntime) {
    this.#tools = tools;
    this.#policy = policy;
  }

  /** How many commands have no outcome yet. */
  get pending(): number {
    return this.#known.size;
  }

  /** Takes up what is in the outbox. @throws StoreUnavailable */
  async load(): Promise<void> {
    const { store, partition } = this.#tools;
    const rows = await allRows(store, partition, this.#policy.tables.outbox);
    this.add(rows.map(({ key, body }) => ({ commandId: key, row: read.outbox(body) })));
  }

  /** Takes what was just written to the outbox. */
  add(commands: readonly Outgoing[]): void {
    for (const command of commands) {
      if (this.#known.has(command.commandId)) continue;
      this.#known.add(command.commandId);
      const { instance, cause } = command.row;
      const groups = this.#groups.get(instance) ?? [];
      this.#groups.set(instance, groups);
      const last = groups.at(-1);
      if (last?.cause === cause) last.waiting.push(command);
      else groups.push({ cause, waiting: [command], underWay: 0 });
    }
    for (const { row } of commands) this.#next(row.instance);
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#running);
  }

  #next(instance: string): void {
    const groups = this.#groups.get(instance);
    const group = groups?.[0];
    if (!groups || !group || this.#ending.signal.aborted) return;
    for (const command of group.waiting.splice(0)) {
      group.underWay++;
      const run = this.#send(command).then(() => {
        this.#running.delete(run);
        group.underWay--;
        if (group.underWay > 0 || group.waiting.length > 0) return;
        groups.shift();
        if (groups.length === 0) this.#groups.delete(instance);
        else this.#next(instance);
      });
      this.#running.add(run);
    }
  }

  /** Until there is an outcome, or the work ends. Does not reject. */
  async #send(command: Outgoing): Promise<void> {
    const { runtime, limits } = this.#tools;
    const { signal } = this.#ending;
    let current = command;
    for (let passing = 0; !signal.aborted; ) {
      const tried = await this.#try(current);
      if (signal.aborted) return;
      if (tried.kind === 'passing') {
        await runtime.sleep(backoffMs(runtime, limits, passing++), signal);
      } else if (tried.kind === 'decided') {
        this.#settle(current, tried.outcome);
        return;
      } else {
        const next = await this.#failed(current, tried.error);
        if (next === null) return;
        current = next.command;
        await runtime.sleep(next.waitMs, signal);
      }
    }
  }

  async #try(
    command: Outgoing,
  ): Promise<
    | { kind: 'passing' }
    | { kind: 'decided'; outcome: Exclude<Outcome, { status: 'failed' }> }
    | { kind: 'fault'; error: string }
  > {
    try {
      const outcome = await deliver(this.#tools, this.#policy.name, command);
      if (outcome.status !== 'failed') return { kind: 'decided', outcome };
      const { failure } = outcome;
      return isPassing(failure) ? { kind: 'passing' } : { kind: 'fault', error: failure.code };
    } catch (error) {
      if (error instanceof StoreUnavailable) return { kind: 'passing' };
      return { kind: 'fault', error: error instanceof Error ? error.message : String(error) };
    }
  }

  #settle({ commandId, row }: Outgoing, outcome: Exclude<Outcome, { status: 'failed' }>): void {
    const type = outcome.status === 'accepted' ? 'command.accepted' : 'command.rejected';
    const reason = outcome.status === 'rejected' ? outcome.reason : null;
    const events = outcome.events.map(({ type: name, data }) => ({ type: name, data }));
    this.#tell({ commandId, row }, type, reason, events, this.#removal({ commandId, row }));
  }

  /** The outbox row goes with the commit that takes the outcome. */
  #removal({ commandId: key, row }: Outgoing): RowWrite[] {
    const { outbox, again } = this.#policy.tables;
    const gone = { key, body: null, order: null };
    const writes: RowWrite[] = [{ table: outbox, ...gone }];
    if (row.attempts > 0) writes.push({ table: again, ...gone });
    return writes;
  }

  #tell(
    { commandId, row }: Outgoing,
    type: Extract<PolicyMessage, { kind: 'outcome' }>['type'],
    reason: string | null,
    events: Extract<PolicyMessage, { kind: 'outcome' }>['data']['events'],
    consumes: readonly RowWrite[],
  ): void {
    const { runtime, arrive, writer } = this.#tools;
    this.#known.delete(commandId);
    if (row.told) {
      void writer.write({ checkpoint: null, rows: consumes, isUrgent: false });
      return;
    }
    const { instance, incarnation, command, ref, correlationId } = row;
    const at = new Date(runtime.now()).toISOString();
    const data = { commandId, command, ref, reason, events };
    const identity = { id: commandId, incarnation, at, correlationId };
    arrive({ instance, message: { kind: 'outcome', ...identity, type, data }, consumes });
  }

  /** Writes the failure down. @returns the command to try again, and when; `null`: no more */
  async #failed(
    { commandId, row }: Outgoing,
    error: string,
  ): Promise<{ command: Outgoing; waitMs: number } | null> {
    const { runtime, limits, writer, log } = this.#tools;
    const { name, tables, definition } = this.#policy;
    const failed = withFailure(row, new Date(runtime.now()).toISOString(), error);
    const fields = { policy: name, command: row.command, commandId, err: error };
    const body = JSON.stringify(failed);
    if (failed.attempts >= definition.attempts) {
      log.error(fields, 'a command of a policy failed for the last time: it is a dead letter');
      const letter = { kind: 'command', id: commandId, error, outbox: { ...failed, told: true } };
      const consumes: RowWrite[] = [
        ...this.#removal({ commandId, row }),
        {
          table: tables.dead,
          key: commandId,
          body: JSON.stringify(letter),
          order: { kind: 'in', ms: 0 },
        },
      ];
      this.#tell({ commandId, row }, 'command.failed', error, [], consumes);
      return null;
    }
    log.warn(fields, 'a command of a policy failed, and is tried again');
    const waitMs = backoffMs(runtime, limits, failed.attempts);
    const rows: RowWrite[] = [
      { table: tables.outbox, key: commandId, body, order: { kind: 'next' } },
      { table: tables.again, key: commandId, body: row.at, order: { kind: 'in', ms: waitMs } },
    ];
    await writer.write({ checkpoint: null, rows, isUrgent: true });
    return { command: { commandId, row: failed }, waitMs };
  }
}

/** A fault that says nothing of the command: another try need not meet it. */
function isPassing({ code }: Failure): boolean {
  return code === 'unavailable' || code === 'overloaded';
}
