import {
  type App,
  type Json,
  type JsonObject,
  type RecordedEvent,
  upcast,
} from '../define/index.ts';
import { type ActorKey, parseActorKey } from './address.ts';
import type { EmittedEvent } from './driver.ts';
import type { ActorVersion, EventEnvelope, Outcome } from './outcome.ts';

/** What one command wrote to the feed: its cause, what was known, what was decided. */
export interface CommitRecord {
  readonly commandId: string;
  readonly actor: ActorKey;
  /** The actor's version after the command. */
  readonly version: number;
  readonly at: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly principal: string;
  readonly command: { readonly type: string; readonly data: Json };
  readonly facts: JsonObject;
  readonly claims: Readonly<Record<string, string>>;
  readonly machineHash: string;
  readonly events: readonly RecordedEvent[];
}

/** A position as clients see it. */
export function positionToken(partition: number, position: number): string {
  return `${partition}:${position}`;
}

/** An outcome but for its positions, which only the commit gives. What is kept as a reply. */
export interface Decision {
  readonly status: 'accepted' | 'rejected';
  readonly commandId: string;
  readonly actor: ActorVersion;
  readonly reason?: string;
  readonly traceId: string;
  readonly at: string;
  readonly events: readonly RecordedEvent[];
}

/** The outcome of a decision that stands at `position`. */
export function outcomeOf(
  decision: Decision,
  partition: number,
  position: number,
  replayed: boolean,
): Outcome {
  const { commandId, actor, traceId } = decision;
  const token = positionToken(partition, position);
  const meta = { commandId, actor, at: decision.at, correlationId: traceId };
  const events = decision.events.map((event, index) => envelope(meta, event, token, index));
  const decided = { commandId, actor, position: token, events, traceId, replayed };
  return decision.status === 'accepted'
    ? { status: 'accepted', ...decided }
    : { status: 'rejected', reason: decision.reason ?? '', ...decided };
}

/** The id of an event. @param index among those of its command */
export function eventId(commandId: string, index: number): string {
  return `${commandId}.${index}`;
}

interface EnvelopeMeta {
  readonly commandId: string;
  readonly actor: ActorVersion;
  readonly at: string;
  readonly correlationId: string;
}

function envelope(
  meta: EnvelopeMeta,
  event: RecordedEvent,
  position: string,
  index: number,
): EventEnvelope {
  return {
    id: eventId(meta.commandId, index),
    type: event.type,
    version: event.version,
    actor: meta.actor,
    position: `${position}.${index}`,
    occurredAt: meta.at,
    correlationId: meta.correlationId,
    causationId: meta.commandId,
    data: event.data as JsonObject,
  };
}

/** The events of a stored record, brought to their current versions. */
export function envelopesOf(app: App, record: CommitRecord, position: string): EventEnvelope[] {
  const address = parseActorKey(record.actor);
  if (!address) throw new Error(`a record names no actor: ${record.actor}`);
  const actor = { ...address, version: record.version };
  const definitions = app.aggregates.get(address.type)?.events ?? {};
  const { commandId, at, correlationId } = record;
  return record.events.map((event, index) => {
    const definition = definitions[event.type];
    const current = definition ? upcast(definition, event) : event;
    return envelope({ commandId, actor, at, correlationId }, current, position, index);
  });
}

/** Emitted events with the versions they are declared at. */
export function recordedEvents(
  definitions: Readonly<Record<string, { readonly version: number }>>,
  events: readonly EmittedEvent[],
): RecordedEvent[] {
  return events.map(({ type, data }) => ({ type, version: definitions[type]?.version ?? 1, data }));
}

/** Reads a record from the store, which only ever holds what `JSON.stringify` made of one. */
export function parseRecord(body: string): CommitRecord {
  return JSON.parse(body) as CommitRecord;
}
