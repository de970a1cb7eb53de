/** An actor's stored history, stepped anew by the code at hand. */
import { type RecordedEvent, upcast } from '../../define/index.ts';
import { type ActorState, decodeState } from '../actor-state.ts';
import type { Address } from '../address.ts';
import type { AggregateRuntime } from '../aggregate-runtime.ts';
import type { MachineState } from '../driver.ts';
import { NO_ACTOR } from '../fetch.ts';
import { type CommitRecord, parseRecord, recordedEvents } from '../record.ts';
import type { Store } from '../store.ts';
import { asStored, differences, isSame } from './same.ts';

const PAGE_RECORDS = 100;
/** A longer history without a snapshot is not replayed. */
const RECORDS_MAX = 10_000;

/** The end of an actor's history. */
export type History =
  | {
      readonly kind: 'whole';
      /** The state that it begins with; `null`: none, it begins with the first record. */
      readonly snapshot: string | null;
      /** Oldest first. */
      readonly records: readonly CommitRecord[];
    }
  /** What is left of it begins in the middle. */
  | { readonly kind: 'trimmed' }
  | { readonly kind: 'long' };

/**
 * Reads an actor's history back to the nearest snapshot, or to its beginning. At least one record
 * comes after the snapshot, where there is one.
 * @param last position of the last record of it; `null`: the newest that the actor has
 * @throws StoreUnavailable, SyntaxError
 */
export async function readHistory(
  store: Store,
  actor: Address,
  last: number | null = null,
): Promise<History> {
  const records: CommitRecord[] = [];
  for (let from = last; ; ) {
    const page = await store.trail(actor, from, PAGE_RECORDS);
    for (const { body, snapshot } of page.records) {
      if (snapshot !== undefined && records.length > 0) {
        return { kind: 'whole', snapshot, records: records.reverse() };
      }
      records.push(parseRecord(body));
    }
    if (records.length > RECORDS_MAX) return { kind: 'long' };
    if (page.isTrimmed || records.length === 0) return { kind: 'trimmed' };
    if (page.next === null) return { kind: 'whole', snapshot: null, records: records.reverse() };
    from = page.next;
  }
}

/**
 * Steps a history anew, and compares events and the state at its end with what is stored.
 * @param stored the actor as it is stored, as far as the history goes
 * @returns what differs, in words; `null`: nothing does
 * @throws StateFault where it begins with a snapshot that cannot be run, UpcastError
 */
export function replay(
  aggregate: AggregateRuntime,
  stored: ActorState,
  { snapshot, records }: Extract<History, { kind: 'whole' }>,
): string | null {
  const begun = decodeState(aggregate, stored.address, { ...NO_ACTOR, state: snapshot });
  let { machine } = begun;
  for (const record of records) {
    const stepped = stepAnew(aggregate, machine, record);
    if (stepped.difference !== null) return stepped.difference;
    machine = stepped.machine;
  }
  return stateDifference(aggregate, stored.machine, machine);
}

/** What a record's step comes to when it is made once more. */
export interface SteppedAnew {
  /** The state after it; as before it, where the step fails. */
  readonly machine: MachineState;
  /** How it differs from what was recorded, in words; `null`: in nothing. */
  readonly difference: string | null;
}

/** Makes the step of a record once more. @throws UpcastError */
export function stepAnew(
  aggregate: AggregateRuntime,
  before: MachineState,
  record: CommitRecord,
): SteppedAnew {
  const { driver, definition, machineHash } = aggregate;
  const by = record.machineHash === machineHash ? 'the same machine' : 'another machine';
  const inWords = (said: string) => `${record.command.type}, decided by ${by}: ${said}`;
  const recorded = record.events.map((event) => currentOf(aggregate, event));
  try {
    const step = driver.step(before, causeOf(record));
    const said = eventDifference(recorded, recordedEvents(definition.events, step.events));
    return { machine: step.state, difference: said === null ? null : inWords(said) };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { machine: before, difference: inWords(`it fails: ${said}`) };
  }
}

/** A record's command as its machine saw it. */
export function causeOf({ command, facts, claims, commandId, at }: CommitRecord) {
  return { ...command, facts, claims, meta: { commandId, at } };
}

function eventDifference(
  recorded: readonly RecordedEvent[],
  events: readonly RecordedEvent[],
): string | null {
  const [was, is] = [namesOf(recorded), namesOf(events)];
  if (was !== is) return `it recorded ${was}, and would record ${is}`;
  const changed = recorded.flatMap(({ type, data }, index) =>
    differences(data, asStored(events[index]?.data), type),
  );
  return changed.length > 0 ? `it would record other values: ${changed.join(', ')}` : null;
}

function currentOf({ definition }: AggregateRuntime, event: RecordedEvent): RecordedEvent {
  const known = Object.hasOwn(definition.events, event.type) && definition.events[event.type];
  return known ? upcast(known, event) : event;
}

function namesOf(events: readonly { readonly type: string }[]): string {
  return events.length === 0 ? 'nothing' : events.map(({ type }) => type).join(', ');
}

/** How a stored state differs from one that was stepped anew, in words; `null`: in nothing. */
export function stateDifference(
  { driver }: AggregateRuntime,
  stored: MachineState,
  replayed: MachineState,
): string | null {
  const [was, is] = [stored, replayed].map((state) => asStored(JSON.parse(driver.persist(state))));
  if (isSame(was, is)) return null;
  const [value, other] = [JSON.stringify(stored.value), JSON.stringify(replayed.value)];
  if (value !== other) return `its state is ${value}, and would be ${other}`;
  const paths = differences(asStored(stored.context), asStored(replayed.context), 'context');
  return `its state has other values: ${paths.length === 0 ? 'history' : paths.join(', ')}`;
}
