/** The store's content, read from its keys and values by the layout's description alone. */
import { readName, readNumber } from './names.ts';

/** What one command wrote to a feed. */
export interface FeedRecord {
  readonly partition: number;
  readonly position: number;
  readonly actor: string;
  /** The position of the actor's record before. */
  readonly before: number;
  readonly commandId: string;
  readonly version: number;
  /** ISO 8601. */
  readonly at: string;
  readonly correlationId: string;
  readonly principal: string;
  readonly command: { readonly type: string; readonly data: Data };
  readonly facts: Data;
  readonly events: readonly { readonly type: string; readonly data: Data }[];
  /** Its key in the store. */
  readonly key: string;
}

export type Data = Readonly<Record<string, unknown>>;

export interface Actor {
  readonly records: number;
  readonly lastRecord: number;
  readonly held: Readonly<Record<string, string>>;
  readonly sizes: Readonly<Record<string, number>>;
  readonly state: string;
  readonly view: string;
}

export interface Entry {
  readonly at: number;
  readonly value: string | null;
}

export interface Row {
  readonly partition: number;
  readonly table: string;
  readonly key: string;
  readonly order: number | null;
  readonly body: string;
}

export interface Work {
  readonly node: string | null;
  readonly checkpoints: ReadonlyMap<string, number>;
}

/** A key that two parts find things under. */
type Nested<T> = Map<string, Map<string, T>>;

export class Content {
  readonly heads = new Map<number, number>();
  /** By partition, in the order of their positions. */
  readonly feeds = new Map<number, FeedRecord[]>();
  readonly actors = new Map<string, Actor>();
  /** `actor collection` → key. */
  readonly entries: Nested<Entry> = new Map();
  /** The same, as the order of time has them. */
  readonly timed: Nested<Entry> = new Map();
  /** Actor → command id. */
  readonly replies: Nested<{ readonly position: number; readonly body: string }> = new Map();
  readonly claims = new Map<string, { readonly holder: string; readonly token: string }>();
  /** `caller\nkey` → command id. */
  readonly pointers = new Map<string, string>();
  readonly asyncs = new Map<string, { readonly result: string | null }>();
  readonly asyncCounts = new Map<number, number>();
  readonly pendingAsyncs: string[] = [];
  readonly pendingCounts = new Map<number, number>();
  readonly work = new Map<number, Work>();
  /** `partition name` → position. */
  readonly cursors = new Map<string, number>();
  /** `partition ranking` → owner → size. */
  readonly rankings: Nested<number> = new Map();
  readonly rows: Row[] = [];
  /** `partition table` → how many rows, and with an order. */
  readonly tableCounts = new Map<string, readonly [rows: number, ordered: number]>();
  /** `partition table order key`. */
  readonly orders = new Set<string>();
  /** Keys that are to go, each with its times. */
  readonly expiries = new Map<string, number[]>();
  /** What may expire: key → when, 0 for never. */
  readonly expiring = new Map<string, number>();
  /** Keys of no kind that is known, or that cannot be read. */
  readonly unknown: string[] = [];

  constructor(dump: ReadonlyMap<string, string>) {
    for (const [key, value] of dump) {
      try {
        if (!this.#take(key, value)) this.unknown.push(key);
      } catch {
        this.unknown.push(key);
      }
    }
  }

  get records(): FeedRecord[] {
    return [...this.feeds.values()].flat();
  }

  /** Takes a key in. @returns whether it is of a known kind */
  #take(key: string, value: string): boolean {
    const rest = key.slice(1);
    switch (key[0]) {
      case 'm':
        return rest === '';
      case 'h':
        this.heads.set(readNumber(rest).number, Number(value));
        return true;
      case 'f':
        return this.#record(key, value);
      case 'a':
        return this.#ofActor(key, value);
      case 'c': {
        const [holder, token] = JSON.parse(value) as [string, string];
        this.claims.set(readName(rest), { holder, token });
        return true;
      }
      case 'p': {
        const pointer = JSON.parse(this.#content(key, value)) as { commandId: string };
        this.pointers.set(readName(rest), pointer.commandId);
        return true;
      }
      case 'q': {
        const kept = JSON.parse(this.#content(key, value)) as [
          string,
          number,
          string,
          string | null,
        ];
        this.asyncs.set(kept[0], { result: kept[3] });
        return kept[0] === readName(rest);
      }
      case 'n':
        this.asyncCounts.set(readNumber(rest).number, Number(value));
        return true;
      case 'v':
        this.pendingCounts.set(readNumber(rest).number, Number(value));
        return true;
      case 'w':
        this.pendingAsyncs.push(value);
        return true;
      case 'b':
        return this.#ofWork(rest, value);
      case 'x': {
        const { number, rest: target } = readNumber(rest);
        this.expiries.set(target, [...(this.expiries.get(target) ?? []), number]);
        return true;
      }
      default:
        return false;
    }
  }

  #record(key: string, value: string): boolean {
    const { number: partition, rest } = readNumber(key.slice(1));
    const { number: position } = readNumber(rest);
    const line = value.indexOf('\n');
    const [actor, before, length] = JSON.parse(value.slice(0, line)) as [string, number, number];
    const body = JSON.parse(value.slice(line + 1, line + 1 + length)) as FeedRecord;
    const feed = this.feeds.get(partition) ?? [];
    this.feeds.set(partition, feed);
    feed.push({ ...body, partition, position, before, key });
    return body.actor === actor;
  }

  #ofActor(key: string, value: string): boolean {
    const [written = '', part, ...more] = key.slice(1).split('!');
    const actor = readName(written);
    if (part === undefined) {
      this.actors.set(actor, readActor(value));
      return true;
    }
    const kind = part[0];
    const name = readName(part.slice(1));
    if (kind === 'r') {
      const content = this.#content(key, value);
      const space = content.indexOf(' ');
      const reply = { position: Number(content.slice(0, space)), body: content.slice(space + 1) };
      put(this.replies, actor, name, reply);
      return true;
    }
    const last = more[0] ?? '';
    if (kind === 'e') put(this.entries, `${actor} ${name}`, readName(last), readEntry(value));
    if (kind === 't') {
      const { number, rest } = readNumber(last);
      const entry = readEntry(value);
      put(this.timed, `${actor} ${name}`, readName(rest), entry);
      return entry.at === number;
    }
    return kind === 'e';
  }

  #ofWork(place: string, value: string): boolean {
    const { number: partition, rest } = readNumber(place);
    if (rest === '') {
      const [lease, , , checkpoints] = JSON.parse(value) as [
        [string | null, string] | null,
        unknown,
        unknown,
        [string, number][],
      ];
      this.work.set(partition, { node: lease?.[0] ?? null, checkpoints: new Map(checkpoints) });
      return true;
    }
    const [name = '', part = ''] = rest.slice(1).split('!');
    const of = `${partition} ${readName(name)}`;
    switch (rest[0]) {
      case 'c':
        this.cursors.set(of, Number(value));
        return true;
      case 'g': {
        const space = value.indexOf(' ');
        put(this.rankings, of, value.slice(space + 1), Number(value.slice(0, space)));
        return true;
      }
      case 't':
        return this.#ofTable(partition, readName(name), part, value);
      default:
        return false;
    }
  }

  #ofTable(partition: number, table: string, part: string, value: string): boolean {
    const of = `${partition} ${table}`;
    switch (part[0]) {
      case 'n': {
        const [rows = 0, ordered = 0] = value.split(' ').map(Number);
        this.tableCounts.set(of, [rows, ordered]);
        return true;
      }
      case 'o':
        this.orders.add(`${of} ${readNumber(part.slice(1)).number} ${value}`);
        return true;
      case 'k': {
        const space = value.indexOf(' ');
        const order = space === 0 ? null : Number(value.slice(0, space));
        const key = readName(part.slice(1));
        this.rows.push({ partition, table, key, order, body: value.slice(space + 1) });
        return true;
      }
      default:
        return false;
    }
  }

  #content(key: string, value: string): string {
    const space = value.indexOf(' ');
    this.expiring.set(key, Number(value.slice(0, space)));
    return value.slice(space + 1);
  }
}

function put<T>(all: Nested<T>, one: string, other: string, value: T): void {
  const found = all.get(one) ?? new Map<string, T>();
  all.set(one, found.set(other, value));
}

function readActor(value: string): Actor {
  const line = value.indexOf('\n');
  const [turns, , lastRecord, held, sizes] = JSON.parse(value.slice(0, line)) as [
    [string, number, number][],
    number,
    number,
    Record<string, string>,
    Record<string, number>,
  ];
  const end = value.lastIndexOf('\n');
  const [state, view] = [value.slice(line + 1, end), value.slice(end + 1)];
  return { records: turns[0]?.[2] ?? 0, lastRecord, held, sizes, state, view };
}

function readEntry(value: string): Entry {
  const space = value.indexOf(' ');
  if (space < 0) return { at: Number(value), value: null };
  return { at: Number(value.slice(0, space)), value: value.slice(space + 1) };
}
