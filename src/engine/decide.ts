/** One pure step of the machine for one message, and what it decided. */
import type { ClaimAnswer, EntryChange, Json, JsonObject, RecordedEvent } from '../define/index.ts';
import { findNonJson } from '../define/json.ts';
import { type ActorState, heldClaims, viewOf } from './actor-state.ts';
import { actorKey } from './address.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import type { TurnClaims } from './claims.ts';
import { MachineFault, type Step } from './driver.ts';
import type { Message } from './message.ts';
import { type Failure, NOT_POSSIBLE } from './outcome.ts';
import { type CommitRecord, type Decision, recordedEvents } from './record.ts';

/** What a decision asks of its turn's claims. */
export type DecidingClaims = Pick<TurnClaims, 'answersFor' | 'heldAfter'>;

/** What one message came to, should its turn be committed. */
export interface Decided {
  readonly decision: Decision;
  /** The actor after it, a record counted where there is one. */
  readonly state: ActorState;
  /** The commit record as JSON text; `null` where there is nothing to record. */
  readonly body: string | null;
  readonly changes: readonly CollectionChange[];
}

/** What an event does to one of the actor's collections. */
export interface CollectionChange {
  readonly collection: string;
  readonly change: NonNullable<EntryChange<unknown>>;
}

/**
 * One message: the version asked for, the step of the machine, and its reading as a decision.
 * @throws MachineFault, and what the machine and the aggregate's own functions throw
 */
export function decide(
  aggregate: AggregateRuntime,
  state: ActorState,
  message: Message,
  facts: JsonObject,
  claims: DecidingClaims,
): Decided | Failure {
  const { ifMatch } = message.delivery;
  if (ifMatch !== undefined && ifMatch !== state.version) {
    return { code: 'version_mismatch', actor: { ...state.address, version: state.version } };
  }
  const answers = claims.answersFor(message, state);
  const step = aggregate.driver.step(state.machine, inputOf(message, facts, answers));
  const events = recordedEvents(aggregate.definition.events, step.events);
  const rejection = rejectionIn(aggregate, step, events);
  if (rejection !== null || step.noEffect) mustLeaveAsItWas(aggregate, state, step);
  if (rejection !== null) {
    const decision = decisionOf(message, state, 'rejected', events, rejection);
    const body = bodyOf(aggregate, message, decision, facts, answers);
    return { decision, state: { ...state, records: state.records + 1 }, body, changes: [] };
  }
  if (step.noEffect) {
    if (events.length > 0) throw new MachineFault('noEffect beside an emitted event');
    const decision = decisionOf(message, state, 'accepted', []);
    return { decision, state, body: null, changes: [] };
  }
  const next = nextState(aggregate, state, step, claims);
  if (next === null) {
    const decision = decisionOf(message, state, 'rejected', [], NOT_POSSIBLE);
    return { decision, state, body: null, changes: [] };
  }
  const decision = decisionOf(message, next, 'accepted', events);
  const body = bodyOf(aggregate, message, decision, facts, answers);
  return { decision, state: next, body, changes: foldsOf(aggregate, events) };
}

/** A message as its machine sees it. */
export function inputOf(
  { identity, at, data, command }: Message,
  facts: JsonObject,
  claims: Readonly<Record<string, ClaimAnswer>>,
) {
  return { type: command.type, data, facts, claims, meta: { commandId: identity.commandId, at } };
}

/** The reason of the refusal that the step emitted; `null` for none. */
function rejectionIn(
  aggregate: AggregateRuntime,
  step: Step,
  events: readonly RecordedEvent[],
): string | null {
  const undeclared = events.find(
    (event) => !Object.hasOwn(aggregate.definition.events, event.type),
  );
  if (undeclared) throw new MachineFault(`the event ${undeclared.type} is not declared`);
  const refusals = events.filter((event) => aggregate.definition.events[event.type]?.rejection);
  const [refusal] = refusals;
  if (!refusal) return null;
  if (events.length > 1 || step.noEffect) {
    throw new MachineFault(`${refusal.type} must be all that its step says`);
  }
  const data = refusal.data as JsonObject;
  return String(data.reason);
}

/** Such a step's change would be lost, and its machine would not be what its writer thinks. */
function mustLeaveAsItWas(aggregate: AggregateRuntime, state: ActorState, step: Step): void {
  const { context, value } = state.machine;
  const isSame = step.state.context === context && step.state.value === value;
  if (!step.changed || isSame) return;
  const before = state.machineText || aggregate.driver.persist(state.machine);
  if (aggregate.driver.persist(step.state) === before) return;
  throw new MachineFault('a refusal or noEffect beside a change of state or context');
}

/** The actor after a step; `null` when the step did nothing at all: no rule for the message. */
function nextState(
  aggregate: AggregateRuntime,
  state: ActorState,
  step: Step,
  claims: DecidingClaims,
): ActorState | null {
  const machineText =
    step.changed || state.machineText === ''
      ? aggregate.driver.persist(step.state)
      : state.machineText;
  if (step.events.length === 0) {
    const unchanged = state.machineText || aggregate.driver.persist(state.machine);
    if (machineText === unchanged) return null;
  }
  const { address, lastTurn } = state;
  const records = state.records + 1;
  const version = state.version + 1;
  const machine = step.state;
  if (machineText === state.machineText) {
    const { viewText, held, heldText } = state;
    return { address, lastTurn, records, version, machine, machineText, viewText, held, heldText };
  }
  const viewText = viewOf(aggregate, machine);
  const held = claims.heldAfter(state, heldClaims(aggregate, machine));
  const heldText = JSON.stringify(held);
  return { address, lastTurn, records, version, machine, machineText, viewText, held, heldText };
}

function decisionOf(
  message: Message,
  state: ActorState,
  status: Decision['status'],
  events: readonly RecordedEvent[],
  reason?: string,
): Decision {
  return {
    status,
    commandId: message.identity.commandId,
    actor: { type: state.address.type, id: state.address.id, version: state.version },
    ...(reason === undefined ? {} : { reason }),
    traceId: message.identity.traceId,
    at: message.at,
    events,
  };
}

function bodyOf(
  aggregate: AggregateRuntime,
  message: Message,
  decision: Decision,
  facts: JsonObject,
  claims: Readonly<Record<string, ClaimAnswer>>,
): string {
  const record: CommitRecord = {
    commandId: decision.commandId,
    actor: actorKey(message.target),
    version: decision.actor.version,
    at: decision.at,
    correlationId: message.identity.traceId,
    causationId: decision.commandId,
    principal: message.delivery.principal,
    // The schema's output is written as JSON; a command is data.
    command: { type: message.command.type, data: message.data as Json },
    facts,
    claims,
    machineHash: aggregate.machineHash,
    events: decision.events,
  };
  return JSON.stringify(record);
}

/** What the events do to the actor's collections. @throws what a fold throws */
function foldsOf(
  aggregate: AggregateRuntime,
  events: readonly RecordedEvent[],
): CollectionChange[] {
  const changes: CollectionChange[] = [];
  for (const collection in aggregate.definition.folds) {
    for (const event of events) {
      const change = aggregate.definition.folds[collection]?.[event.type]?.(event.data);
      if (!change) continue;
      if (change.op === 'put' && Number.isNaN(Date.parse(change.since))) {
        throw new MachineFault(`${event.type}: ${collection}: since is no time: ${change.since}`);
      }
      const found = change.op === 'put' ? findNonJson(change.value, 'value') : null;
      if (found) {
        throw new MachineFault(`${event.type}: ${collection}: ${found.path}: ${found.reason}`);
      }
      changes.push({ collection, change });
    }
  }
  return changes;
}
