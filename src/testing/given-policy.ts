/** Tests of one instance of a policy: events, outcomes, effects and years go by in a moment. */
import type { PolicyDefinition, PolicyFactMap, Sending } from '../define/index.ts';
import type { Json, JsonObject } from '../define/json.ts';
import { preparePolicy } from '../engine/background/policy-runtime.ts';
import type { EffectRow, PolicyMessage } from '../engine/background/rows.ts';
import type { Outgoing } from '../engine/background/transition.ts';
import { DEFAULT_LIMITS } from '../engine/limits.ts';
import { type Duration, durationMs } from './duration.ts';
import { type FoundFacts, foundFacts } from './found-facts.ts';
import { fail, mustEqual, mustMatch } from './mismatch.ts';
import { modelRuntime } from './model/decision.ts';
import {
  type InstanceTools,
  type ModelInstance,
  newInstance,
  standsAt,
  takeMessage,
} from './model/instance.ts';
import {
  type CommandAnswer,
  effectMessage,
  eventMessage,
  instanceOf,
  outcomeMessage,
  timerMessage,
} from './model/messages.ts';

/** What is known of an event beside its data; made up where it is not given. */
export interface EventOrigin {
  /** The id of the actor whose event it is. */
  readonly actor?: { readonly type: string; readonly id: string };
  /** The facts that were recorded with it. */
  readonly facts?: JsonObject;
}

/** Which command an answer is for: the oldest without one, unless its name or `ref` is given. */
export interface Answered {
  readonly command?: string;
  readonly ref?: string;
  readonly events?: CommandAnswer['events'];
}

const START = '2026-01-01T00:00:00.000Z';

/** One instance of a policy. Each method does what it says at once, and gives itself back. */
export class PolicyCase {
  readonly #tools: InstanceTools;
  #now = Date.parse(START);
  #facts: FoundFacts = {};
  #id: string | null = null;
  #events = 0;
  #instance: ModelInstance = newInstance('');
  readonly #sent: Outgoing[] = [];
  #seen = 0;

  constructor(definition: PolicyDefinition) {
    const runtime = modelRuntime();
    const policy = preparePolicy(definition, DEFAULT_LIMITS, runtime, true);
    this.#tools = { policy, runtime, twice: true };
  }

  /** What is found from here on, in the place of all that was said before. */
  withFacts(facts: FoundFacts): this {
    this.#facts = facts;
    return this;
  }

  /** An event comes. @throws where its schema, its correlation or its state does not take it */
  on(type: string, data: unknown, origin: EventOrigin = {}): this {
    return this.#take(this.#event(type, data, origin));
  }

  /** An event comes that the state has no rule for: it would be parked as a dead letter. */
  parks(type: string, data: unknown, origin: EventOrigin = {}): this {
    const handled = this.#tryToTake(this.#event(type, data, origin));
    if (handled) fail(`${this.#name}: ${type} is taken, and not parked`);
    return this;
  }

  /** Time goes by; timers that fall due fire in their order, each at its own time. */
  advance(duration: Duration): this {
    return this.#until(this.#now + durationMs(duration));
  }

  /** Time goes by until then. @param time ISO 8601, not before now */
  at(time: string): this {
    const until = Date.parse(time);
    if (!(until >= this.#now)) throw new RangeError(`${time} is no time from now on`);
    return this.#until(until);
  }

  /** A command was accepted. */
  accepted({ events = [], ...which }: Answered = {}): this {
    return this.#answer(which, { type: 'command.accepted', reason: null, events });
  }

  /** A command was refused. */
  rejected(reason: string, { events = [], ...which }: Answered = {}): this {
    return this.#answer(which, { type: 'command.rejected', reason, events });
  }

  /** A command failed at its last try. @param code of the fault */
  failed(code = 'system_error', { events = [], ...which }: Answered = {}): this {
    return this.#answer(which, { type: 'command.failed', reason: code, events });
  }

  /** An effect came to its end. @param effect its name among the machine's actors */
  completes(effect: string, output: unknown = null): this {
    return this.#take(effectMessage(this.#effect(effect), { output }, this.#now));
  }

  /** An effect failed at its last try. */
  fails(effect: string, error: unknown = new Error('it failed')): this {
    return this.#take(effectMessage(this.#effect(effect), { error }, this.#now));
  }

  /** Expects these commands since this was asked last: all of them, in order, each in part. */
  expectCommands(...expected: readonly Partial<Sending>[]): this {
    const found = this.sent.slice(this.#seen);
    this.#seen = this.#sent.length;
    mustMatch(found, expected, `${this.#name} sent other commands`);
    return this;
  }

  /** Expects these effects to be under way: all of them, each in part. */
  expectEffects(...expected: readonly { readonly src: string; readonly input?: unknown }[]): this {
    const found = this.#instance.effects.map(({ src, input }) => ({ src, input }));
    mustMatch(found, expected, `${this.#name} runs other effects`);
    return this;
  }

  /** Expects the next timer to be due so long from now; `null`: none is pending. */
  expectTimer(duration: Duration | null): this {
    const next = this.#nextTimer();
    const expected = duration === null ? null : durationMs(duration);
    const found = next === null ? null : next.due - this.#now;
    mustEqual(found, expected, `${this.#name} waits for another time, in ms`);
    return this;
  }

  /** Expects a state value and, where given, parts of the context. */
  expectState(value: unknown, context?: unknown): this {
    if (this.hasEnded) fail(`${this.#name} has ended, or not begun: it is in no state`);
    const state = standsAt(this.#tools.policy, this.#instance);
    mustEqual(state.value, value, `${this.#name} is in another state`);
    if (context !== undefined) {
      mustMatch(state.context, context, `${this.#name} remembers something else`);
    }
    return this;
  }

  /** Expects it to have come to a final state, or not to have begun: nothing is kept of it. */
  expectEnded(): this {
    if (this.hasEnded) return this;
    const { value } = standsAt(this.#tools.policy, this.#instance);
    return fail(`${this.#name} has not ended: it is in ${JSON.stringify(value)}`);
  }

  get hasEnded(): boolean {
    return this.#instance.instance.machine === null;
  }

  /** All commands it sent, in order. */
  get sent(): readonly Sending[] {
    return this.#sent.map(({ row: { command, data, ref } }) => ({
      command,
      data,
      ...(ref !== null && { ref }),
    }));
  }

  /** What it remembers. */
  get context(): unknown {
    return standsAt(this.#tools.policy, this.#instance).context;
  }

  get #name(): string {
    return this.#tools.policy.name;
  }

  #event(type: string, data: unknown, { actor, facts = {} }: EventOrigin): PolicyMessage {
    const { definition } = this.#tools.policy;
    const event = definition.on[type];
    if (!event) throw new Error(`${this.#name} does not take ${type}`);
    // What its schema gives is what would have been recorded.
    const parsed = event.schema.parse(data) as Json;
    const number = ++this.#events;
    const recorded = {
      type,
      data: parsed,
      event: {
        id: `event-${number}`,
        actor: { ...(actor ?? { type: 'actor', id: 'one' }), version: number },
        occurredAt: new Date(this.#now).toISOString(),
        correlationId: `event-${number}`,
        facts,
      },
    };
    this.#mustBelong(type, instanceOf(definition, recorded));
    return eventMessage(definition, recorded, number);
  }

  #mustBelong(type: string, id: string | null): void {
    if (id === null) throw new Error(`${this.#name} passes this ${type} over`);
    if (this.#id !== null && this.#id !== id) {
      throw new Error(
        `this ${type} belongs to another instance of ${this.#name}: ${id}, and not ${this.#id}`,
      );
    }
    if (this.#id === null) this.#instance = newInstance(id);
    this.#id = id;
  }

  /** What is no event is passed over where the state has no rule for it. */
  #take(message: PolicyMessage): this {
    if (this.#tryToTake(message) || message.kind !== 'event') return this;
    const { value } = standsAt(this.#tools.policy, this.#instance);
    return fail(
      `${this.#name} has no rule for this ${message.recorded.type} in ${JSON.stringify(value)}: it would be parked as a dead letter`,
    );
  }

  #tryToTake(message: PolicyMessage): boolean {
    const find = (wanted: PolicyFactMap) => foundFacts(this.#name, this.#facts, wanted);
    const taken = takeMessage(this.#tools, this.#instance, { message, find, now: this.#now });
    this.#instance = taken.after;
    this.#sent.push(...taken.sent);
    return taken.handled;
  }

  #until(end: number): this {
    for (let next = this.#nextTimer(); next !== null && next.due <= end; next = this.#nextTimer()) {
      this.#now = Math.max(this.#now, next.due);
      this.#take(timerMessage(next));
    }
    this.#now = end;
    return this;
  }

  #nextTimer() {
    const timers = [...this.#instance.timers.values()];
    return timers.sort((a, b) => a.due - b.due)[0] ?? null;
  }

  #answer({ command, ref }: Answered, answer: CommandAnswer): this {
    const found = this.#instance.unanswered.find(
      ({ row }) =>
        (command === undefined || row.command === command) &&
        (ref === undefined || row.ref === ref),
    );
    if (found) return this.#take(outcomeMessage(found, answer, this.#now));
    throw new Error(`${this.#name} waits for no answer to ${ref ?? command ?? 'a command'}`);
  }

  #effect(name: string): EffectRow {
    const found = this.#instance.effects.find(({ src }) => src === name);
    if (found) return found;
    const known = this.#instance.effects.map(({ src }) => src).join(', ') || 'none';
    throw new Error(`${this.#name} does not run the effect ${name}; under way: ${known}`);
  }
}

/**
 * Tests a policy: one instance of it, before its first event.
 * @example
 * givenPolicy(seatPayment)
 *   .on('SeatReserved', reservation)
 *   .withFacts({ guest: null })
 *   .advance('1 minute')
 *   .expectCommands({ command: 'ReleaseSeat' });
 */
export function givenPolicy(definition: PolicyDefinition): PolicyCase {
  return new PolicyCase(definition);
}
