/** What has not come to its end because of one actor, or on the way to it. */
import { actorKey, partitionOf } from '../../engine/address.ts';
import { readEntry } from '../../engine/async-entry.ts';
import { pausedAmong } from '../../engine/background/pauses.ts';
import type { EngineInside } from '../../engine/engine.ts';
import { eventId, parseRecord } from '../../engine/record.ts';
import type { Trail } from '../../engine/store.ts';
import type { Survey } from '../../engine/work-store.ts';
import type { HistoryOf } from '../actor/history.ts';
import type { Masking } from '../mask.ts';
import type { ActorUnderWay, Behind } from '../protocol.ts';
import { type Found, lookThrough } from './look.ts';
import { timeText } from './rows.ts';
import { targeting } from './target.ts';

/** How many of its last steps are known by their events. */
const STEPS_MAX = 100;
/** Async commands of one partition that are looked through. */
const ASYNC_MAX = 100;

/** What concerns an actor, of those rows that are looked through. @throws StoreUnavailable */
export async function readActorUnderWay(
  inside: EngineInside,
  { actor }: HistoryOf,
  masking: Masking,
): Promise<ActorUnderWay> {
  const { store } = inside;
  const trail = await store.trail(actor, null, STEPS_MAX);
  const { items, surveys, isCut } = await lookThrough(
    inside,
    masking,
    belonging(inside, actor, trail),
  );
  const survey = surveys[partitionOf(actorKey(actor), store.partitions)];
  const [behind, awaited] = await Promise.all([
    survey ? behindOf(inside, trail, survey) : [],
    awaitedOf(inside, actor, surveys, masking),
  ]);
  return {
    now: timeText(survey?.now ?? inside.runtime.now()),
    behind,
    items,
    awaited,
    isCut: isCut || surveys.some(({ pendingAsync }) => pendingAsync > ASYNC_MAX),
    ofSteps: trail.next === null && !trail.isTrimmed ? null : trail.records.length,
  };
}

/** What goes to an actor, is about its events, or is of an instance that one of them began. */
function belonging(
  { policies }: EngineInside,
  actor: HistoryOf['actor'],
  { records }: Trail,
): (found: Found) => boolean {
  const key = actorKey(actor);
  const events = new Set(
    records.flatMap(({ body }) => {
      const record = parseRecord(body);
      return record.events.map((_, index) => eventId(record.commandId, index));
    }),
  );
  const isIt = (other: HistoryOf['actor'] | null) =>
    other?.type === actor.type && other.id === actor.id;
  return ({ item, incarnation, about }) =>
    isIt(item.target) ||
    isIt(about) ||
    events.has(item.cause) ||
    (incarnation !== null && events.has(incarnation)) ||
    (item.instance === key && policies.get(item.policy)?.definition.correlate === 'actor');
}

/** Who has not passed all of an actor's steps. @throws StoreUnavailable */
async function behindOf(
  { store, policies, generations }: EngineInside,
  { records }: Trail,
  { checkpoints }: Survey,
): Promise<readonly Behind[]> {
  const names = [...policies.keys()];
  const stepsAfter = (subscriber: string) => {
    const checkpoint = checkpoints[subscriber] ?? 0;
    return records.filter(({ position }) => position > checkpoint).length;
  };
  const [paused, view] = await Promise.all([pausedAmong(store, names), generations.view()]);
  const ofPolicies = names.map((name) => ({
    kind: 'policy' as const,
    name,
    isPaused: paused.has(name),
    steps: stepsAfter(name),
  }));
  // Of a read model that is made anew, the one that is read counts.
  const active = view.all().filter(({ generation: { phase } }) => phase === 'active');
  const ofProjections = active.map(({ projection: { name }, subscriber }) => ({
    kind: 'projection' as const,
    name,
    isPaused: false,
    steps: stepsAfter(subscriber),
  }));
  return [...ofPolicies, ...ofProjections].filter(({ steps }) => steps > 0);
}

/** Commands to an actor that are answered later, and have no answer. @throws StoreUnavailable */
async function awaitedOf(
  inside: EngineInside,
  actor: HistoryOf['actor'],
  surveys: readonly Survey[],
  masking: Masking,
): Promise<ActorUnderWay['awaited']> {
  const targetOf = targeting(inside, 'client');
  const pages = surveys.map(({ pendingAsync }, partition) =>
    pendingAsync === 0 ? [] : inside.store.pendingAsync(partition, ASYNC_MAX),
  );
  return (await Promise.all(pages)).flat().flatMap(({ commandId, command }) => {
    const { type, body, delivery, identity } = readEntry(command);
    const { at, traceId: correlationId } = identity;
    const target = targetOf(type, body, { commandId, at, correlationId });
    if (target?.type !== actor.type || target.id !== actor.id) return [];
    const principal = masking.text(delivery.principal, body);
    return [{ commandId, command: type, at: timeText(at), principal }];
  });
}
