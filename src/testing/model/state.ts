/** What is so in a model at one moment, and what facts find in it. Never changed in place. */
import type {
  CollectionDefinition,
  Entry,
  EntryChange,
  JsonObject,
  PolicyFact,
  PolicyFactMap,
  RecordedEventInfo,
} from '../../define/index.ts';
import type { Json } from '../../define/json.ts';
import type { ActorState } from '../../engine/actor-state.ts';
import { actorKey } from '../../engine/address.ts';
import type { ModelInstance } from './instance.ts';

/** An event of the model's one feed. */
export interface ModelEvent {
  readonly type: string;
  readonly data: Json;
  readonly event: RecordedEventInfo;
}

/** The feed, newest first: a list that grows without being copied. */
export interface Feed {
  readonly newest: ModelEvent;
  readonly before: Feed | null;
  readonly length: number;
}

export interface ModelState {
  /** By their keys; those that exist. */
  readonly actors: ReadonlyMap<string, ActorState>;
  /** Collections and read models, by `aggregate/owner/collection`, then by key. */
  readonly entries: ReadonlyMap<string, ReadonlyMap<string, Entry>>;
  readonly feed: Feed | null;
  /** Instances of policies that run, by `policy/instance`. */
  readonly instances: ReadonlyMap<string, ModelInstance>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Commands of clients so far, refused ones too. */
  readonly commands: number;
}

/** @param now milliseconds since 1970 */
export function emptyState(now: number): ModelState {
  const nothing = new Map<string, never>();
  return { actors: nothing, entries: nothing, feed: null, instances: nothing, now, commands: 0 };
}

/** All events, oldest first. */
export function eventsOf({ feed }: Pick<ModelState, 'feed'>): readonly ModelEvent[] {
  const events: ModelEvent[] = [];
  for (let at = feed; at !== null; at = at.before) events.push(at.newest);
  return events.reverse();
}

/** Events after a moment of the same run, oldest first. */
export function eventsSince(state: ModelState, earlier: ModelState): readonly ModelEvent[] {
  const events: ModelEvent[] = [];
  for (let at = state.feed; at !== null && at !== earlier.feed; at = at.before) {
    events.push(at.newest);
  }
  return events.reverse();
}

/** The entries of a collection, by key. */
export function entriesOf(
  { entries }: ModelState,
  { aggregate, name }: Pick<CollectionDefinition, 'aggregate' | 'name'>,
  owner: string,
): ReadonlyMap<string, Entry> {
  return entries.get(placeOf(aggregate, owner, name)) ?? new Map();
}

/** The same with an entry changed. */
export function withEntry(
  state: ModelState,
  { aggregate, name }: Pick<CollectionDefinition, 'aggregate' | 'name'>,
  owner: string,
  change: EntryChange<unknown>,
): ModelState {
  if (change === null) return state;
  const changed = new Map(entriesOf(state, { aggregate, name }, owner));
  if (change.op === 'remove') changed.delete(change.key);
  else changed.set(change.key, { key: change.key, since: change.since, value: change.value });
  const entries = new Map(state.entries);
  const place = placeOf(aggregate, owner, name);
  if (changed.size === 0) entries.delete(place);
  else entries.set(place, changed);
  return { ...state, entries };
}

function placeOf(aggregate: string, owner: string, name: string): string {
  return `${aggregate}/${owner}/${name}`;
}

/** What facts find: read models have passed everything. */
export function findFacts(state: ModelState, facts: PolicyFactMap): JsonObject {
  const found: Record<string, Json> = {};
  for (const [name, fact] of Object.entries(facts)) found[name] = findFact(state, fact);
  return found;
}

function findFact(state: ModelState, fact: PolicyFact): Json {
  switch (fact.kind) {
    case 'view': {
      const actor = state.actors.get(actorKey({ type: fact.view.aggregate, id: fact.id }));
      const text = actor?.viewText ?? null;
      return text === null ? null : JSON.parse(text);
    }
    case 'entry': {
      const found = entriesOf(state, fact.collection, fact.id).get(fact.key);
      return found === undefined ? null : asJson(found);
    }
    case 'size':
      return entriesOf(state, fact.collection, fact.id).size;
    case 'page':
      return pageOf([...entriesOf(state, fact.collection, fact.id).values()], fact);
    case 'heads':
      return [state.feed?.length ?? 0];
    case 'passed':
      return true;
  }
}

type PageFact = Extract<PolicyFact, { kind: 'page' }>;

function pageOf(entries: readonly Entry[], { after, limit }: PageFact): Json {
  const place = ({ since, key }: { since: string; key: string }) => `${since} ${key}`;
  const left = entries
    .filter((entry) => after === null || place(entry) < place(after))
    .sort((a, b) => (place(a) < place(b) ? 1 : -1));
  const last = left[limit - 1];
  const next = last && left.length > limit ? { since: last.since, key: last.key } : null;
  return { items: left.slice(0, limit).map(asJson), next };
}

function asJson({ key, since, value }: Entry): Json {
  // What a fold gives was found to be JSON when it was decided.
  return { key, since, value: value as Json };
}
