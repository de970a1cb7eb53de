/** Time travel: an actor as it was after one of its steps, made anew from what was recorded. */
import { UpcastError, upcast } from '../../define/index.ts';
import { decodeState } from '../../engine/actor-state.ts';
import type { AggregateRuntime } from '../../engine/aggregate-runtime.ts';
import {
  causeOf,
  type History,
  readHistory,
  stateDifference,
  stepAnew,
} from '../../engine/check/history.ts';
import type { MachineState } from '../../engine/driver.ts';
import { NO_ACTOR } from '../../engine/fetch.ts';
import { type CommitRecord, parseRecord } from '../../engine/record.ts';
import type { Masking } from '../mask.ts';
import type { PastState } from '../protocol.ts';
import { commandsIn, NO_COMMANDS } from './commands-now.ts';
import { readState, whyNot } from './detail.ts';
import { type HistoryOf, stepOf } from './history.ts';
import { shownState } from './shown-state.ts';

/** What is known of an actor before and after a step. */
interface Past {
  readonly before: MachineState | null;
  readonly after: MachineState | null;
  readonly folded: number;
  /** Why it may not be what it was then. */
  readonly doubts: readonly string[];
}

/**
 * An actor as it was after the step at a position; `null` where it has none there.
 * @param token the position as it was asked for
 * @throws StoreUnavailable
 */
export async function readPast(
  of: HistoryOf,
  position: number,
  token: string,
  masking: Masking,
): Promise<PastState | null> {
  const { store, aggregate, actor } = of;
  const { records } = await store.trail(actor, position, 1);
  const [found] = records;
  if (!found) return null;
  const record = parseRecord(found.body);
  const past = await foldTo(of, position, found.snapshot ?? null);
  const { before, after, folded } = past;
  const doubts = [...past.doubts, ...(await newestDoubt(of, position, after))];
  return {
    step: stepOf(aggregate, token, record, masking),
    data: masking.value(record.command.data, record),
    facts: masking.value(record.facts, record),
    eventData: eventsOf(of, record, masking),
    before: before && shownState(before, masking, record),
    after: after && shownState(after, masking, record),
    taken: before === null ? [] : takenBy(of, before, record),
    commands: after === null ? NO_COMMANDS : commandsIn(aggregate, after),
    folded,
    warning: doubts.length === 0 ? null : masking.text(doubts.join(' '), record, after?.context),
  };
}

/** @param carried the snapshot that the record itself carries: the state after it */
async function foldTo(of: HistoryOf, position: number, carried: string | null): Promise<Past> {
  const { store, aggregate, actor } = of;
  const history = await readHistory(store, actor, position);
  const ownState = carried === null ? null : snapshotState(of, carried);
  const own = typeof ownState === 'string' ? null : ownState;
  if (history.kind !== 'whole') {
    const why =
      history.kind === 'trimmed'
        ? 'The history before this step was trimmed, and no snapshot is left to begin with.'
        : 'The history before this step is too long to be made anew: it carries no snapshots.';
    return { before: null, after: own, folded: 0, doubts: [why] };
  }
  const begun =
    history.snapshot === null ? aggregate.driver.initial() : snapshotState(of, history.snapshot);
  if (typeof begun === 'string') return { before: null, after: own, folded: 0, doubts: [begun] };
  const past = fold(of, begun, history);
  const isOther = past.after !== null && own !== null;
  const differs = isOther ? stateDifference(aggregate, own, past.after) : null;
  if (differs === null) return past;
  const doubt = `It does not come to the snapshot that was stored with this step: ${differs}.`;
  return { ...past, doubts: [...past.doubts, doubt] };
}

function fold(
  { aggregate }: HistoryOf,
  begun: MachineState,
  { records }: Extract<History, { kind: 'whole' }>,
): Past {
  let before = begun;
  let after = begun;
  let difference: string | null = null;
  for (const record of records) {
    before = after;
    try {
      const stepped = stepAnew(aggregate, before, record);
      after = stepped.machine;
      difference ??= stepped.difference;
    } catch (error) {
      const why = error instanceof UpcastError ? error.message : 'its upcaster throws';
      const doubt = `An event on the way cannot be read by this code: ${why}.`;
      return { before: null, after: null, folded: records.length, doubts: [doubt] };
    }
  }
  if (!isStorable(aggregate, before) || !isStorable(aggregate, after)) {
    const doubt = 'What this code makes of the same commands is no state that can be stored.';
    return { before: null, after: null, folded: records.length, doubts: [doubt] };
  }
  const doubts: string[] = [];
  if (records.some(({ machineHash }) => machineHash !== aggregate.machineHash)) {
    doubts.push(
      'The machine has changed since: what is shown is what the machine of today makes of the same commands.',
    );
  }
  if (difference !== null) doubts.push(`It differs from what was recorded: ${difference}.`);
  return { before, after, folded: records.length, doubts };
}

/** Whether a state is one that can be compared and shown: what steps anew need not be. */
function isStorable({ driver }: AggregateRuntime, state: MachineState): boolean {
  try {
    driver.persist(state);
    return true;
  } catch {
    return false;
  }
}

/** A state that a record carries; why this code cannot run it. */
function snapshotState({ aggregate, actor }: HistoryOf, state: string): MachineState | string {
  try {
    return decodeState(aggregate, actor, { ...NO_ACTOR, state }).machine;
  } catch (error) {
    return `The nearest snapshot cannot be run by this code: ${whyNot(error)}.`;
  }
}

/** Whether the newest step comes to what is stored now. */
async function newestDoubt(
  { store, aggregate, actor }: HistoryOf,
  position: number,
  after: MachineState | null,
): Promise<readonly string[]> {
  if (after === null) return [];
  const request = { pointers: [], views: [], entries: [], sizes: [] };
  const { actor: row } = await store.fetch({ ...request, actor });
  const newest = await store.trail(actor, null, 1);
  // What was committed between the two reads is no matter of this step.
  if (!row?.state || newest.records[0]?.position !== position) return [];
  const stored = readState(aggregate, actor, row);
  if (typeof stored === 'string') return [`${stored}.`];
  const differs = stateDifference(aggregate, stored.machine, after);
  return differs === null ? [] : [`It does not come to what is stored now: ${differs}.`];
}

function takenBy(
  { aggregate }: HistoryOf,
  before: MachineState,
  record: CommitRecord,
): readonly string[] {
  try {
    return aggregate.driver.taken(before, causeOf(record));
  } catch {
    // That the step fails is said among the doubts.
    return [];
  }
}

/** A record's events, at their current versions where this code can read them. */
function eventsOf(
  { aggregate: { definition } }: HistoryOf,
  record: CommitRecord,
  masking: Masking,
): PastState['eventData'] {
  return record.events.map((event) => {
    const known = Object.hasOwn(definition.events, event.type) && definition.events[event.type];
    try {
      const { type, data } = known ? upcast(known, event) : event;
      return { type, data: masking.value(data, record) };
    } catch {
      // That it cannot be read is said among the doubts.
      return { type: event.type, data: masking.value(event.data, record) };
    }
  });
}
