import { mailboxKey } from '../message.ts';
import type { Outcome } from '../outcome.ts';
import type { RowWrite } from '../work-store.ts';
import type { Arrival } from './arrival.ts';
import { backoffMs } from './backoff.ts';
import { type DeliveryTools, messageOf, tryToDeliver } from './delivery.ts';
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
  /** Told when fewer commands are pending, and no outcome says so. */
  readonly onRoom: () => void;
}

/** Commands of one instance that one message sent: they go out together. */
interface Group {
  readonly cause: string;
  readonly waiting: Outgoing[];
  /** To how many actors. */
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
    for (const lane of this.#lanesOf(group.waiting.splice(0))) {
      group.underWay++;
      const run = this.#send(lane).then(() => {
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

  /** Commands by the actor that they go to. */
  #lanesOf(commands: readonly Outgoing[]): Iterable<Outgoing[]> {
    const lanes = new Map<string, Outgoing[]>();
    for (const command of commands) {
      const target = commands.length === 1 ? '' : this.#targetOf(command);
      const lane = lanes.get(target);
      if (lane) lane.push(command);
      else lanes.set(target, [command]);
    }
    return lanes.values();
  }

  #targetOf(command: Outgoing): string {
    try {
      return mailboxKey(messageOf(this.#tools, this.#policy.name, command));
    } catch {
      // It goes nowhere: why, its first try says.
      return `!${command.commandId}`;
    }
  }

  /**
   * Until all have an outcome, or the work ends. Those that fail are sent again together, so that
   * none overtakes another on its way to their actor. Does not reject.
   */
  async #send(lane: readonly Outgoing[]): Promise<void> {
    const { runtime, limits } = this.#tools;
    const { signal } = this.#ending;
    let left = lane;
    for (let passing = 0; left.length > 0 && !signal.aborted; ) {
      const sent = await Promise.all(left.map((command) => this.#sendOnce(command)));
      const failed = sent.filter((each) => each !== null);
      left = failed.map(({ command }) => command);
      const isPassing = failed.some(({ waitMs }) => waitMs === null);
      const waits = failed.map(({ waitMs }) => waitMs ?? 0);
      if (isPassing) waits.push(backoffMs(runtime, limits, passing++));
      if (left.length > 0) await runtime.sleep(Math.max(...waits), signal);
    }
  }

  /**
   * @returns the command to try again, and after which wait (`null`: the fault passes); `null`
   * where nothing is left to do
   */
  async #sendOnce(command: Outgoing): Promise<{ command: Outgoing; waitMs: number | null } | null> {
    const tried = await tryToDeliver(this.#tools, this.#policy.name, command);
    if (this.#ending.signal.aborted) return null;
    switch (tried.kind) {
      case 'passing':
        return { command, waitMs: null };
      case 'decided':
        this.#settle(command, tried.outcome);
        return null;
      case 'fault':
        return this.#failed(command, tried.error);
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
    const { runtime, arrive, writer, onRoom } = this.#tools;
    this.#known.delete(commandId);
    if (row.told) {
      void writer.write({ checkpoint: null, rows: consumes, isUrgent: false });
      onRoom();
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
