/** What lies in the store of one instance of a policy. */
import { parseActorKey, partitionOf } from '../../engine/address.ts';
import { type Instance, readInstance } from '../../engine/background/instance.ts';
import type { PolicyRuntime } from '../../engine/background/policy-runtime.ts';
import {
  type EffectRow,
  type InboxRow,
  type OutboxRow,
  type QueueRow,
  read,
  rowKey,
  type TableKind,
  type TimerRow,
} from '../../engine/background/rows.ts';
import { partitionsOf } from '../../engine/partitions.ts';
import type { Store } from '../../engine/store.ts';

/** Rows of one table that are looked through for those of an instance whose partition is known. */
const ROWS_MAX = 1_000;
/** The same, in each partition, where it could be any. */
const ROWS_OF_ANY_MAX = 100;
/** Timers, effects and waiting messages of an instance that are read. */
const OWN_MAX = 50;

type Arrived = Extract<InboxRow, { kind: 'event' | 'letter' }>;

/** Rows of an instance, read one after the other: it may have gone on in between. */
export interface InstanceRows {
  readonly partition: number;
  readonly instance: Instance;
  /** The store's clock, in milliseconds since 1970. */
  readonly now: number;
  /** With when each is due. */
  readonly timers: readonly { readonly row: TimerRow; readonly due: number }[];
  /** With when each is tried again. */
  readonly effects: readonly { readonly row: EffectRow; readonly due: number | null }[];
  readonly commands: readonly {
    readonly id: string;
    readonly row: OutboxRow;
    readonly due: number | null;
  }[];
  /** Its first messages, by number; with when the first is tried again. */
  readonly queue: readonly {
    readonly number: number;
    readonly row: QueueRow;
    readonly due: number | null;
  }[];
  /** Brought from elsewhere, and not taken yet. */
  readonly arrived: readonly { readonly id: string; readonly row: Arrived }[];
  readonly deadLetters: number;
  /** Not all rows were looked through. */
  readonly isCut: boolean;
}

/** `null` where there is nothing of it. @throws StoreUnavailable */
export async function readInstanceRows(
  store: Store,
  policy: PolicyRuntime,
  id: string,
): Promise<InstanceRows | null> {
  const places = placesOf(store, policy, id);
  const bodies = await Promise.all(
    places.map(async (partition) => {
      const [body] = await store.rows(partition, policy.tables.instance, [id]);
      return { partition, body: body ?? null };
    }),
  );
  const found = bodies.find(({ body }) => body !== null);
  const wanted = found ? [found] : bodies;
  const max = wanted.length === 1 ? ROWS_MAX : ROWS_OF_ANY_MAX;
  const all = await Promise.all(
    wanted.map(({ partition, body }) =>
      readIn({ store, policy, partition, max }, readInstance(id, body)),
    ),
  );
  return all.find((rows) => rows.instance.isStored || hasRows(rows)) ?? null;
}

function hasRows({ commands, arrived, deadLetters }: InstanceRows): boolean {
  return commands.length + arrived.length + deadLetters > 0;
}

/** Where an instance can live: the one of an event lies with the event's actor, which its id hides. */
function placesOf(store: Store, policy: PolicyRuntime, id: string): readonly number[] {
  const { correlate } = policy.definition;
  if (correlate === 'event') return partitionsOf(store);
  if (correlate === 'actor' && !parseActorKey(id)) return [];
  return [partitionOf(correlate === 'actor' ? id : `${policy.name}/${id}`, store.partitions)];
}

interface Place {
  readonly store: Store;
  readonly policy: PolicyRuntime;
  readonly partition: number;
  /** Rows of a table that are looked through. */
  readonly max: number;
}

async function readIn(place: Place, instance: Instance): Promise<InstanceRows> {
  const { store, policy, partition, max } = place;
  const kinds = ['outbox', 'inbox', 'dead'] as const;
  const survey = await store.survey(
    partition,
    kinds.map((kind) => policy.tables[kind]),
  );
  const scan = async (kind: (typeof kinds)[number]) => {
    if (survey.tables[kinds.indexOf(kind)]?.ordered === 0) return [];
    return store.scan(partition, policy.tables[kind], { after: null, until: null, limit: max });
  };
  const [outbox, inbox, dead, own] = await Promise.all([
    scan('outbox'),
    scan('inbox'),
    scan('dead'),
    readOwn(place, instance),
  ]);
  const sent = outbox
    .map(({ key, body }) => ({ id: key, row: read.outbox(body) }))
    .filter(({ row }) => row.instance === instance.id);
  const again = await ordersOf(
    place,
    'again',
    sent.map((each) => each.id),
  );
  return {
    partition,
    instance,
    now: survey.now,
    ...own,
    commands: sent.map((each, index) => ({ ...each, due: again[index] ?? null })),
    arrived: inbox.flatMap(({ key, body }) => {
      const row = read.inbox(body);
      return isOf(row, instance.id) ? [{ id: key, row }] : [];
    }),
    deadLetters: dead.filter(({ body }) => {
      const letter = read.dead(body);
      return (letter.kind === 'command' ? letter.outbox : letter).instance === instance.id;
    }).length,
    isCut: own.isCut || survey.tables.some(({ ordered }) => ordered > max),
  };
}

function isOf(row: InboxRow, id: string): row is Arrived {
  if (row.kind !== 'event' && row.kind !== 'letter') return false;
  return (row.kind === 'event' ? row : row.letter).instance === id;
}

/** What the instance's own row names, by key. */
async function readOwn(place: Place, instance: Instance) {
  const { id, aliases, queue } = instance;
  const keysOf = (kind: 'timers' | 'effects') =>
    Object.keys(instance[kind]).map((name) => rowKey(id, aliases[kind][name] ?? name));
  const first = queue.first + Number(queue.parked);
  // What waits behind a dead letter can be without end.
  const length = Math.min(OWN_MAX, Math.max(0, queue.next - first));
  const numbers = Array.from({ length }, (_, at) => first + at);
  const [timerKeys, effectKeys] = [keysOf('timers'), keysOf('effects')];
  const [timers, effects, queued] = await Promise.all([
    readKeys(place, timerKeys, 'timer', 'timer'),
    readKeys(place, effectKeys, 'effect', 'again'),
    readKeys(
      place,
      numbers.map((number) => rowKey(id, number)),
      'queue',
      'retry',
    ),
  ]);
  return {
    timers: timers.map(({ body, due }) => ({ row: read.timer(body), due: due ?? 0 })),
    effects: effects.map(({ body, due }) => ({ row: read.effect(body), due })),
    queue: queued.map(({ place: at, body, due }) => ({
      number: numbers[at] ?? 0,
      row: read.queue(body),
      due,
    })),
    isCut: Math.max(timerKeys.length, effectKeys.length) > OWN_MAX,
  };
}

/** Rows that are there, with the order that the table beside has them in. */
async function readKeys(place: Place, keys: readonly string[], kind: TableKind, dues: TableKind) {
  const { store, policy, partition } = place;
  const wanted = keys.slice(0, OWN_MAX);
  const [bodies, orders] = await Promise.all([
    wanted.length === 0 ? [] : store.rows(partition, policy.tables[kind], wanted),
    ordersOf(place, dues, wanted),
  ]);
  return bodies.flatMap((body, at) =>
    body === null ? [] : [{ place: at, body, due: orders[at] ?? null }],
  );
}

function ordersOf(
  { store, policy, partition }: Place,
  kind: TableKind,
  keys: readonly string[],
): Promise<readonly (number | null)[]> {
  if (keys.length === 0) return Promise.resolve([]);
  return store.orders(partition, policy.tables[kind], keys);
}
