/** The messages that a policy takes in one commit: each instance's one after another. */
import type { JsonObject, PolicyFactMap } from '../../define/index.ts';
import type { Log, Runtime } from '../runtime.ts';
import { StoreUnavailable } from '../store.ts';
import type { Arrival, MessageArrival } from './arrival.ts';
import { type BatchResult, BatchWrites } from './batch-writes.ts';
import { concerns, hasQueue, type Instance, machineOf } from './instance.ts';
import type { BackgroundLimits } from './limits.ts';
import { type MachineEvent, machineEvent } from './machine-event.ts';
import { type FactTools, readPolicyFacts } from './policy-facts.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { asCurrent, revived } from './revive.ts';
import { transition } from './transition.ts';

export interface BatchTools extends FactTools {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: BackgroundLimits;
  readonly policy: PolicyRuntime;
}

/** A message that is ready for its machine but for its facts. */
interface Ready {
  readonly arrival: MessageArrival;
  readonly instance: Instance;
  readonly event: MachineEvent;
  readonly facts: PolicyFactMap;
}

const NO_FACTS: JsonObject = {};

/** Takes arrivals through their instances' machines. Nothing has happened until it is written. */
export class Batch {
  readonly #tools: BatchTools;
  readonly #writes: BatchWrites;
  readonly #now: string;

  /** @param instances as they are now, of all that something arrives for */
  constructor(tools: BatchTools, instances: Map<string, Instance>) {
    this.#tools = tools;
    this.#now = new Date(tools.runtime.now()).toISOString();
    this.#writes = new BatchWrites(tools, instances, this.#now);
  }

  /** @throws StoreUnavailable */
  async run(arrivals: readonly Arrival[]): Promise<BatchResult> {
    const lines = new Map<string, Arrival[]>();
    for (const arrival of arrivals) {
      const line = lines.get(arrival.instance);
      if (line) line.push(arrival);
      else lines.set(arrival.instance, [arrival]);
    }
    while (lines.size > 0) {
      const round: Ready[] = [];
      for (const [id, line] of lines) {
        const ready = this.#nextReady(line);
        if (ready) round.push(ready);
        else lines.delete(id);
      }
      await this.#step(round);
    }
    return this.#writes.result();
  }

  /** Takes what needs no machine; gives the first that does. */
  #nextReady(line: Arrival[]): Ready | null {
    for (let arrival = line.shift(); arrival; arrival = line.shift()) {
      const instance = this.#writes.instance(arrival.instance);
      if ('note' in arrival) {
        this.#writes.note(instance, arrival);
        continue;
      }
      this.#writes.consume(arrival.consumes);
      if ('word' in arrival) {
        this.#writes.settle(instance, arrival);
        continue;
      }
      this.#writes.endEffect(instance, arrival.message);
      const mustWait = hasQueue(instance) && arrival.queued?.number !== instance.queue.first;
      if (mustWait) this.#writes.queueUp(instance, arrival);
      else if (!this.#isToBeTaken(instance, arrival)) this.#writes.finish(arrival, instance);
      else {
        const ready = this.#prepare(instance, arrival);
        if (ready) return ready;
      }
    }
    return null;
  }

  #prepare(before: Instance, received: MessageArrival): Ready | null {
    const { policy } = this.#tools;
    try {
      const instance = revived(policy, before);
      const arrival = { ...received, message: asCurrent(instance, received.message) };
      if (!this.#isToBeTaken(instance, arrival)) {
        this.#writes.finish(arrival, instance);
        return null;
      }
      const event = machineEvent(policy, arrival.message);
      const state = machineOf(policy, instance) ?? policy.first.state;
      const facts = policy.definition.facts(event, { value: state.value, context: state.context });
      return { arrival, instance, event, facts };
    } catch (error) {
      this.#writes.failed(before, received, error);
      return null;
    }
  }

  #isToBeTaken(instance: Instance, { message, queued }: MessageArrival): boolean {
    return queued?.row.revived === true || concerns(instance, message);
  }

  async #step(round: readonly Ready[]): Promise<void> {
    const found = await this.#factsOf(round);
    for (const [index, { arrival, instance, event }] of round.entries()) {
      const tools = { ...this.#tools, now: this.#now };
      try {
        const read = found[index] ?? NO_FACTS;
        if (read instanceof Error) throw read;
        const after = transition(tools, instance, arrival.message, event, read);
        this.#writes.take(arrival, after);
      } catch (error) {
        this.#writes.failed(instance, arrival, error);
      }
    }
  }

  /** The facts of each; an error where it asks for what cannot be read. @throws StoreUnavailable */
  async #factsOf(round: readonly Ready[]): Promise<readonly (JsonObject | Error)[]> {
    const wanted = round.map(({ facts }) => facts);
    if (wanted.every((facts) => Object.keys(facts).length === 0)) return [];
    try {
      return await readPolicyFacts(this.#tools, wanted);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      // One of them asks for what is no fact: it is to fail alone.
      return Promise.all(wanted.map((facts) => this.#factsAlone(facts)));
    }
  }

  async #factsAlone(facts: PolicyFactMap): Promise<JsonObject | Error> {
    try {
      const [found] = await readPolicyFacts(this.#tools, [facts]);
      return found ?? NO_FACTS;
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
