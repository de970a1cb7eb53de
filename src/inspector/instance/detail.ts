import { readRecord, trailRecords } from '../../engine/actor-index/trace.ts';
import { actorKey, parseActorKey, partitionOf } from '../../engine/address.ts';
import { type Instance, machineOf } from '../../engine/background/instance.ts';
import type { PolicyRuntime } from '../../engine/background/policy-runtime.ts';
import { candidatesFor, transitionName } from '../../engine/driver/transitions.ts';
import { type MachineState, NewerState, StateFault } from '../../engine/driver.ts';
import type { EngineInside } from '../../engine/engine.ts';
import type { Store } from '../../engine/store.ts';
import { shownState } from '../actor/shown-state.ts';
import type { Masking } from '../mask.ts';
import type { Awaited, CausingEvent, InstanceDetail } from '../protocol.ts';
import { eventAmong, eventOf } from '../traces/step-cause.ts';
import { queuedOf } from '../under-way/look.ts';
import {
  commandItem,
  effectItem,
  messageItem,
  shownItem,
  timerItem,
  timeText,
} from '../under-way/rows.ts';
import { targeting } from '../under-way/target.ts';
import { type InstanceRows, readInstanceRows } from './rows.ts';

/** Partitions of which the last event taken is told. */
const TAKEN_MAX = 8;
/** Steps of an actor that are looked through for the event that began an instance. */
const STEPS_MAX = 50;

const OUTCOMES = ['command.accepted', 'command.rejected', 'command.failed'];

/** An instance of a policy as it is now; `null` where nothing of it is there. @throws StoreUnavailable */
export async function readInstanceDetail(
  inside: EngineInside,
  policy: PolicyRuntime,
  id: string,
  masking: Masking,
): Promise<InstanceDetail | null> {
  const rows = await readInstanceRows(inside.store, policy, id);
  if (rows === null) return null;
  const { instance } = rows;
  const taken = await takenBy(inside.store, instance);
  const began = await beganBy(inside.store, policy, instance, taken);
  const machine = stateOf(policy, instance);
  const state = typeof machine === 'string' ? null : machine;
  const warning = typeof machine === 'string' ? machine : warningOf(policy, instance);
  return {
    policy: policy.name,
    id: masking.text(id, storedOf(instance)?.machine?.context),
    now: timeText(rows.now),
    state: state && shownState(state, masking),
    incarnation: instance.incarnation,
    began,
    taken,
    ...awaitedIn(policy, state, rows),
    ...underWayOf(inside, policy, rows, masking),
    warning: warning === null ? null : masking.text(warning, storedOf(instance)),
    isCut: rows.isCut,
    isMasked: masking.isMasked,
  };
}

/** `null` where none runs; a text where this code cannot run what is stored. */
function stateOf(policy: PolicyRuntime, instance: Instance): MachineState | string | null {
  try {
    return machineOf(policy, instance);
  } catch (error) {
    if (!(error instanceof StateFault || error instanceof NewerState)) throw error;
    return `This code cannot run what is stored of it: ${error.message}`;
  }
}

function warningOf({ definition, machineHash }: PolicyRuntime, instance: Instance): string | null {
  const stored = storedOf(instance);
  if (stored === null) return null;
  if (stored.version !== definition.version) {
    return `It was stored by version ${stored.version} of the policy, and this code has version ${definition.version}: what is shown is what its migrations make of it.`;
  }
  if (stored.machineHash === machineHash) return null;
  return 'It was stored by another machine of this version: what is shown is what this code makes of it.';
}

function storedOf({ machine }: Instance) {
  return machine !== null && 'stored' in machine ? machine.stored : null;
}

/** What its state has a rule for, among all that can come to it. */
function awaitedIn(
  { definition }: PolicyRuntime,
  state: MachineState | null,
  { instance, timers }: InstanceRows,
): Pick<InstanceDetail, 'awaits' | 'possible'> {
  if (state?.status !== 'active') return { awaits: [], possible: [] };
  const raised = timers.map(({ row }) => row.event.type);
  const known: readonly Awaited[] = [
    ...Object.keys(definition.on).map((type) => ({ kind: 'event' as const, type })),
    ...OUTCOMES.map((type) => ({ kind: 'outcome' as const, type })),
    ...[...new Set([...Object.keys(instance.timers), ...raised])].map((type) => ({
      kind: 'timer' as const,
      type,
    })),
    ...Object.keys(instance.effects).flatMap((id) =>
      ['done', 'error'].map((how) => ({
        kind: 'effect' as const,
        type: `xstate.${how}.actor.${id}`,
      })),
    ),
  ];
  const found = known.map((each) => ({ each, ways: candidatesFor(state, each.type) }));
  const possible = found.flatMap(({ ways }) => ways.map(transitionName));
  return {
    awaits: found.filter(({ ways }) => ways.length > 0).map(({ each }) => each),
    possible: [...new Set(possible)],
  };
}

function underWayOf(
  inside: EngineInside,
  { name }: PolicyRuntime,
  { instance, timers, effects, commands, queue, arrived }: InstanceRows,
  masking: Masking,
): Pick<InstanceDetail, 'timers' | 'effects' | 'commands' | 'queue'> {
  const targetOf = targeting(inside, 'policy');
  const { id } = instance;
  // All of it may quote what the instance knows.
  const context = storedOf(instance)?.machine?.context;
  const { first, next, parked } = instance.queue;
  const messages = [
    ...queue.map(({ number, row, due }) => {
      const isTried = number === first && !parked;
      const item = messageItem(name, id, String(number), row, isTried ? 'retrying' : 'waiting');
      return { row, item: { ...item, dueAt: timeText(due) } };
    }),
    ...arrived.map(({ id: key, row: brought }) => {
      const row = queuedOf(brought);
      return { row, item: messageItem(name, id, key, row, 'waiting') };
    }),
  ];
  return {
    timers: timers
      .map(({ row, due }) => shownItem(masking, timerItem(name, row, due), row.event, context))
      .sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    effects: effects.map(({ row, due }) => ({
      ...shownItem(masking, effectItem(name, row), row.input, row.history, context),
      dueAt: timeText(due),
      input: masking.value(row.input, row.history, context),
    })),
    commands: commands.map(({ id: commandId, row, due }) => ({
      ...shownItem(
        masking,
        commandItem(name, commandId, row, targetOf),
        row.data,
        row.history,
        context,
      ),
      dueAt: timeText(due),
      data: masking.value(row.data, row.history, context),
    })),
    queue: {
      count: next - first - Number(parked) + arrived.length,
      isParked: parked,
      messages: messages.map(({ row, item }) => ({
        ...shownItem(masking, item, row.message, row.history, context),
        message: masking.value(row.message, row.history, context),
      })),
    },
  };
}

/** The last events that it took, the latest first. @throws StoreUnavailable */
async function takenBy(store: Store, { seen }: Instance): Promise<readonly CausingEvent[]> {
  const places = Object.entries(seen).slice(0, TAKEN_MAX);
  const events = places.map(async ([partition, [position, index]]) => {
    const found = await readRecord(store, Number(partition), position);
    return found && eventOf(found, index);
  });
  const found = (await Promise.all(events)).filter((event) => event !== null);
  return found.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** The event that made it, as far as it is near the last ones. @throws StoreUnavailable */
async function beganBy(
  store: Store,
  { definition }: PolicyRuntime,
  { id, incarnation }: Instance,
  taken: readonly CausingEvent[],
): Promise<CausingEvent | null> {
  if (incarnation === null) return null;
  const known = taken.find((event) => event.id === incarnation);
  if (known) return known;
  const own = definition.correlate === 'actor' ? parseActorKey(id) : null;
  const actor = own ?? taken.at(-1)?.actor;
  if (!actor) return null;
  const partition = partitionOf(actorKey(actor), store.partitions);
  const trail = await store.trail(actor, null, STEPS_MAX);
  return eventAmong(trailRecords(trail, partition), incarnation);
}
