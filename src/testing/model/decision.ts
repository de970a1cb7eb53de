/** A command in the model: validate, facts and execute as the engine has them, and no store. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { ClaimAnswer, JsonObject } from '../../define/index.ts';
import { findNonJson } from '../../define/json.ts';
import { type ActorState, decodeState, encodeState } from '../../engine/actor-state.ts';
import { type ActorKey, type Address, actorKey } from '../../engine/address.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import { type Decided, type DecidingClaims, decide } from '../../engine/decide.ts';
import { MachineFault } from '../../engine/driver.ts';
import type { ValidCommand } from '../../engine/engine.ts';
import { createMessage, type Message } from '../../engine/message.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { createSystemRuntime } from '../../engine/system-runtime.ts';
import { findFacts, type ModelState } from './state.ts';

/** What ids begin with that the model makes, so that they are told from those that were given. */
export const MINTED = 'minted-';

/** A runtime for pure steps: its ids say that they were made here, and its digests repeat. */
export function modelRuntime(): Runtime {
  return {
    ...createSystemRuntime(),
    digest: (text) => MINTED + createHash('sha256').update(text).digest('base64url'),
  };
}

/** A body that its command's schema does not take. */
export class InvalidCommand extends Error {
  override readonly name = 'InvalidCommand';

  constructor(
    readonly command: string,
    readonly issues: readonly z.core.$ZodIssue[],
  ) {
    const lines = issues.map(({ path, message }) => `  ${path.join('.') || 'body'}: ${message}`);
    super(`${command} breaks its schema:\n${lines.join('\n')}`);
  }
}

/** What a test says of a command's surroundings, in the place of what would be found. */
export interface Circumstances {
  /** Facts by their names. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** What becomes of wanted claims, by their names. */
  readonly claims?: Readonly<Record<string, ClaimAnswer>>;
}

export interface DecisionTools {
  readonly runtime: Runtime;
  readonly aggregate: AggregateRuntime;
  /** Whether each step is made twice, the second time on what would have been stored. */
  readonly twice: boolean;
}

interface Asked {
  readonly command: ValidCommand;
  readonly commandId: string;
  readonly principal: string;
  readonly traceId: string;
}

/** A decision with what it was made of. */
export interface ModelDecision {
  readonly message: Message;
  readonly facts: JsonObject;
  readonly before: ActorState;
  readonly decided: Decided;
}

/**
 * Decides on a command. Pure.
 * @throws MachineFault where the step is another when it is repeated, and what the machine throws
 */
export function decideOn(
  tools: DecisionTools,
  state: ModelState,
  { command, commandId, principal, traceId }: Asked,
  circumstances: Circumstances,
): ModelDecision {
  const { runtime, aggregate, twice } = tools;
  const message = createMessage(runtime, aggregate, {
    command,
    delivery: { principal },
    identity: { commandId, at: state.now, traceId },
    keep: 'nothing',
    pointer: null,
  });
  const facts = { ...findFacts(state, message.facts), ...givenFacts(message, circumstances) };
  const before = actorIn(aggregate, state, message.target);
  const claims = claimsIn(state, circumstances);
  const run = (from: ActorState) => {
    const decided = decide(aggregate, from, message, facts, claims);
    if ('code' in decided) throw new Error(`no version was asked for: ${decided.code}`);
    return decided;
  };
  const decided = run(before);
  if (twice) mustRepeat(aggregate, message, decided, run(storedAndRead(aggregate, before)));
  return { message, facts, before, decided };
}

/** An actor as it is; one that does not exist is at version 0. */
export function actorIn(
  aggregate: AggregateRuntime,
  { actors }: ModelState,
  address: Address,
): ActorState {
  return actors.get(actorKey(address)) ?? readActor(aggregate, address, null);
}

function readActor(aggregate: AggregateRuntime, address: Address, state: string | null) {
  return decodeState(aggregate, address, {
    lastTurn: null,
    recent: [],
    recentIsAll: true,
    state,
  });
}

/** The actor as another node would read it. */
function storedAndRead(aggregate: AggregateRuntime, actor: ActorState): ActorState {
  if (actor.version === 0) return readActor(aggregate, actor.address, null);
  const { records } = actor;
  return { ...readActor(aggregate, actor.address, encodeState(aggregate, actor)), records };
}

function mustRepeat(
  { definition }: AggregateRuntime,
  { command }: Message,
  first: Decided,
  second: Decided,
): void {
  const written = ({ decision, body, changes, state }: Decided) => [
    decision,
    body,
    changes,
    state.machineText,
  ];
  const [left, right] = [written(first), written(second)];
  // The text of an actor that was just read stands only in what is stored.
  if (isDeepStrictEqual(left, right)) return;
  throw new MachineFault(
    `${definition.type}: ${command.type} came to something else when it was repeated on the same actor as it is stored: its machine reads a clock, draws a lot, or keeps what is not in its context`,
  );
}

function givenFacts({ command, facts }: Message, given: Circumstances): JsonObject {
  for (const name of Object.keys(given.facts ?? {})) {
    if (Object.hasOwn(facts, name)) continue;
    const known = Object.keys(facts).join(', ') || 'none';
    throw new Error(`${command.type} asks for no fact ${name}; its facts: ${known}`);
  }
  const found = findNonJson(given.facts ?? {});
  if (found) throw new Error(`${command.type}: the fact ${found.path.slice(1)}: ${found.reason}`);
  // Nothing was found in it that is not JSON.
  return { ...given.facts } as JsonObject;
}

/** Claims as the actors of the state hold them. */
function claimsIn(state: ModelState, { claims = {} }: Circumstances): DecidingClaims {
  const holderOf = (key: string): ActorKey | undefined => {
    for (const [holder, { held }] of state.actors) {
      if (Object.hasOwn(held, key)) return holder as ActorKey;
    }
    return undefined;
  };
  let wanted: readonly string[] = [];
  return {
    answersFor(message) {
      for (const name of Object.keys(claims)) {
        if (Object.hasOwn(message.claims, name)) continue;
        throw new Error(`${message.command.type} wants no claim ${name}`);
      }
      wanted = Object.values(message.claims);
      return Object.fromEntries(
        Object.entries(message.claims).map(([name, key]) => [
          name,
          claims[name] ?? (holderOf(key) === undefined ? 'granted' : 'taken'),
        ]),
      );
    },
    heldAfter({ held }, keys) {
      const unclaimed = keys.find((key) => !wanted.includes(key) && !Object.hasOwn(held, key));
      if (unclaimed === undefined) return Object.fromEntries(keys.map((key) => [key, MINTED]));
      throw new MachineFault(`the actor holds ${unclaimed} without having claimed it`);
    },
  };
}
