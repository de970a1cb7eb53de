/** What a frame tells, made once for all who get it. */
import { parseActorKey } from '../../engine/address.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import { policyOf } from '../../engine/background/principal.ts';
import type { EngineInside } from '../../engine/engine.ts';
import { readState } from '../actor/detail.ts';
import { aggregatesByType } from '../aggregates.ts';
import type { Masking } from '../mask.ts';
import type { Changed, Step } from './gathering.ts';
import {
  actorMessage,
  bareDefinition,
  definitionOf,
  eventMessage,
  type InspectedSnapshot,
  snapshotMessage,
} from './messages.ts';

/** One who takes part: an actor, or a policy that sent a command. */
export interface Introduction {
  readonly session: string;
  /** The message that introduces it, made where it is first wanted. */
  message(): Buffer;
}

/** All that a frame tells of one actor. */
export interface Told {
  /** Who must be known before. */
  readonly introductions: readonly Introduction[];
  readonly messages: readonly Buffer[];
  readonly bytes: number;
  readonly steps: number;
}

/** Puts into words what was gathered, with what is personal masked. */
export class Teller {
  readonly #inside: EngineInside;
  readonly #masking: Masking;
  readonly #aggregates: ReadonlyMap<string, AggregateRuntime>;
  /** By type, or by the policy's session. */
  readonly #definitions = new Map<string, string>();

  constructor(inside: EngineInside, masking: Masking) {
    this.#inside = inside;
    this.#masking = masking;
    this.#aggregates = aggregatesByType(inside);
  }

  /**
   * Reads an actor as it is now, and tells of it.
   * @returns `null` for one of which nothing was ever recorded
   * @throws StoreUnavailable
   */
  async tell({ key, steps }: Changed): Promise<Told | null> {
    const snapshot = await this.#read(key);
    if (snapshot === null && steps.length === 0) return null;
    const told = steps.map((step) => this.#masked(step));
    const messages = told.map((step) => eventMessage(key, step, sourceOf(step)));
    const last = told.at(-1);
    if (last && snapshot) messages.push(snapshotMessage(key, last, snapshot));
    const sources = new Set(told.map(sourceOf).filter((source) => source !== null));
    return {
      introductions: [
        ...Array.from(sources, (source) => this.#introduce(source, { status: 'active' })),
        this.#introduce(key, snapshot ?? {}),
      ],
      messages,
      bytes: messages.reduce((sum, { length }) => sum + length, 0),
      steps: steps.length,
    };
  }

  /** @returns `null` where nothing is known of it, or this code cannot run it */
  async #read(key: string): Promise<InspectedSnapshot | null> {
    const actor = parseActorKey(key);
    const aggregate = actor && this.#aggregates.get(actor.type);
    if (!actor || !aggregate) return null;
    const request = { pointers: [], actor, views: [], entries: [], sizes: [] };
    const { actor: row } = await this.#inside.store.fetch(request);
    const known = row && readState(aggregate, actor, row);
    if (known === null || typeof known === 'string') return null;
    if (known.version === 0 && known.records === 0) return null;
    const { status, value, context, output } = known.machine;
    const masking = this.#masking.beside(context, output);
    const shown = { status, value, context: masking.value(context) };
    return output === undefined ? shown : { ...shown, output: masking.value(output) };
  }

  #introduce(session: string, snapshot: InspectedSnapshot): Introduction {
    let made: Buffer | null = null;
    return {
      session,
      message: () => {
        made ??= actorMessage(session, this.#definitionOf(session), snapshot);
        return made;
      },
    };
  }

  #definitionOf(session: string): string {
    const policy = policyOf(session);
    const name = policy === null ? (parseActorKey(session)?.type ?? session) : session;
    const known = this.#definitions.get(name);
    if (known !== undefined) return known;
    const { definition = null } =
      (policy === null ? this.#aggregates.get(name) : this.#inside.policies.get(policy)) ?? {};
    // One that this code does not know is not kept: names of such are without end.
    if (definition === null) return bareDefinition(name);
    const text = definitionOf(definition.machine);
    this.#definitions.set(name, text);
    return text;
  }

  /** What is quoted beside what is personal is masked, too. */
  #masked(step: Step): Step {
    const { command, recorded, principal } = step;
    const { value, text } = this.#masking.beside(step);
    return {
      ...step,
      principal: text(principal),
      command: { type: command.type, data: value(command.data) },
      recorded: recorded.map(({ type, data }) => ({ type, data: value(data) })),
    };
  }
}

/** The session of the policy that sent a command; `null`: a client did. */
function sourceOf({ principal }: Step): string | null {
  return policyOf(principal) === null ? null : principal;
}
