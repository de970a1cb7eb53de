/** How a policy's events get from the feed to its instances. */
import { NewerEventError, type RecordedEvent, upcast } from '../../define/index.ts';
import { parseActorKey, partitionOf } from '../address.ts';
import { type CommitRecord, eventId } from '../record.ts';
import type { Store } from '../store.ts';
import type { RowWrite, Transfer } from '../work-store.ts';
import type { MessageArrival } from './arrival.ts';
import type { FeedWindow, PassedRecord } from './feed-window.ts';
import { errorText, withFailure } from './history.ts';
import { fresh, letterWrite } from './letters.ts';
import type { BackgroundLimits } from './limits.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { type PolicyMessage, rowKey } from './rows.ts';
import type { BringOver } from './transferring.ts';

type EventMessage = Extract<PolicyMessage, { kind: 'event' }>;

/** What a policy takes from its feed at once. */
export interface Taken {
  /** The checkpoint after it. */
  readonly next: number;
  readonly arrivals: readonly MessageArrival[];
  /** Dead letters of events that could not be correlated. */
  readonly rows: readonly RowWrite[];
  /** Whether it brought something to the inbox of its own partition. */
  readonly hasBrought: boolean;
}

interface IntakeTools {
  readonly store: Store;
  readonly transfer: BringOver;
  readonly limits: BackgroundLimits;
  readonly partition: number;
  readonly window: FeedWindow;
  /** The node's clock, ISO 8601. */
  readonly now: () => string;
}

/**
 * Takes what comes after a checkpoint. What belongs to instances of other partitions has been
 * brought there when it resolves: once, whoever takes it how often.
 * @returns `null` where nothing was read after it
 * @throws StoreUnavailable, NewerEventError where nothing comes before an event of newer code, whose
 * instance this code cannot tell
 */
export async function takeIn(
  tools: IntakeTools,
  policy: PolicyRuntime,
  checkpoint: number,
): Promise<Taken | null> {
  const records = await tools.window.after(checkpoint);
  if (records.length === 0) return null;
  let next = checkpoint;
  const arrivals: MessageArrival[] = [];
  const rows: RowWrite[] = [];
  const elsewhere = new Map<number, Transfer['items'][number][]>();
  // An instance that takes events from many partitions takes those of its own as it takes the
  // others, or a checkpoint that is set back would have it begin again with the half of them.
  const crosses = typeof policy.definition.correlate === 'function';
  for (const passed of records) {
    if (arrivals.length >= tools.limits.batchMessagesMax) break;
    const placed = placedIn(policy, tools, passed);
    if (placed instanceof NewerEventError) {
      if (next === checkpoint) throw placed;
      break;
    }
    next = passed.position;
    const brought = new Map<number, RowWrite[]>();
    for (const { message, place } of placed) {
      if (place.kind === 'nowhere') continue;
      if (place.kind === 'unknown') {
        rows.push(place.letter);
      } else if (place.kind === 'here' && !crosses) {
        arrivals.push({ instance: place.instance, message, consumes: [] });
      } else {
        const partition = place.kind === 'here' ? tools.partition : place.partition;
        const row = inboxRow(policy, place.instance, message, tools.now());
        brought.set(partition, [...(brought.get(partition) ?? []), row]);
      }
    }
    for (const [partition, written] of brought) {
      const items = elsewhere.get(partition) ?? [];
      elsewhere.set(partition, [
        ...items,
        { position: passed.position, rows: written, entries: [] },
      ]);
    }
  }
  const cursor = `${policy.name}@${tools.partition}`;
  const transfers = Array.from(elsewhere, ([partition, items]) =>
    tools.transfer({ partition, cursor, items }),
  );
  await Promise.all(transfers);
  return { next, arrivals, rows, hasBrought: elsewhere.has(tools.partition) };
}

/** The events of a record that the policy takes, with their instances. */
function placedIn(
  policy: PolicyRuntime,
  tools: IntakeTools,
  passed: PassedRecord,
): readonly { readonly message: EventMessage; readonly place: Place }[] | NewerEventError {
  try {
    return messagesIn(policy, tools.partition, passed).map((message) => ({
      message,
      place: placeOf(policy, tools, message),
    }));
  } catch (error) {
    if (error instanceof NewerEventError) return error;
    throw error;
  }
}

/** The events of a record that the policy takes, as messages. */
export function messagesIn(
  policy: PolicyRuntime,
  partition: number,
  { position, record }: PassedRecord,
): EventMessage[] {
  const messages: EventMessage[] = [];
  for (const [index, recorded] of record.events.entries()) {
    if (!Object.hasOwn(policy.definition.on, recorded.type)) continue;
    const id = eventId(record.commandId, index);
    const event = infoOf(record, id);
    messages.push({ kind: 'event', id, place: [partition, position, index], recorded, event });
  }
  return messages;
}

/** What is known of an event beside its data. */
export function infoOf(record: CommitRecord, id: string): EventMessage['event'] {
  const address = parseActorKey(record.actor);
  if (!address) throw new Error(`a record names no actor: ${record.actor}`);
  const { version, at, correlationId, facts } = record;
  return { id, actor: { ...address, version }, occurredAt: at, correlationId, facts };
}

export type Place =
  /** The policy passes it over. */
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'here'; readonly instance: string }
  | { readonly kind: 'elsewhere'; readonly instance: string; readonly partition: number }
  | { readonly kind: 'unknown'; readonly letter: RowWrite };

/**
 * Where an event's instance lives; a dead letter where the policy's own function fails.
 * @throws NewerEventError
 */
export function placeOf(
  policy: PolicyRuntime,
  tools: { readonly store: Store; readonly partition: number; readonly now: () => string },
  message: EventMessage,
): Place {
  const { correlate } = policy.definition;
  const { actor } = message.event;
  if (correlate === 'event') return { kind: 'here', instance: message.id };
  if (correlate === 'actor') return { kind: 'here', instance: `${actor.type}:${actor.id}` };
  try {
    const { type, data } = current(policy, message.recorded);
    const instance = correlate({ type, data, event: message.event });
    if (instance === null) return { kind: 'nowhere' };
    if (typeof instance !== 'string' || instance === '') {
      throw new TypeError('a correlation id is a text, and not empty');
    }
    const partition = partitionOf(`${policy.name}/${instance}`, tools.store.partitions);
    const isHere = partition === tools.partition;
    return isHere ? { kind: 'here', instance } : { kind: 'elsewhere', instance, partition };
  } catch (error) {
    if (error instanceof NewerEventError) throw error;
    return { kind: 'unknown', letter: letterOf(policy, message, errorText(error), tools.now()) };
  }
}

function current(policy: PolicyRuntime, recorded: RecordedEvent): RecordedEvent {
  const definition = policy.definition.on[recorded.type];
  return definition ? upcast(definition, recorded) : recorded;
}

function letterOf(
  policy: PolicyRuntime,
  message: EventMessage,
  error: string,
  at: string,
): RowWrite {
  const queued = withFailure(fresh(message, at), at, error);
  return letterWrite(policy, rowKey('', `!${message.id}`), '', queued, error);
}

/** An event in the inbox of its instance's partition. */
function inboxRow(
  policy: PolicyRuntime,
  instance: string,
  message: EventMessage,
  at: string,
): RowWrite {
  return {
    table: policy.tables.inbox,
    key: message.id,
    body: JSON.stringify({ kind: 'event', instance, message, at }),
    order: { kind: 'next' },
  };
}
