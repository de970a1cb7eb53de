import type { EntryRow, Trail } from '../../../../src/engine/store.ts';
import type {
  RankedOwner,
  RowOrder,
  RowPost,
  RowWrite,
  StepReply,
  Subscriber,
  Transfer,
  WorkRow,
  WorkStep,
} from '../../../../src/engine/work-store.ts';

interface ModelRecord {
  readonly actor: string;
  readonly position: number;
  readonly body: string;
}

interface ModelRow {
  readonly key: string;
  readonly order: number | null;
  readonly body: string;
}

/** What the port promises of one partition's background work, said once more in the plainest way. */
export class WorkModel {
  readonly #tables = new Map<string, readonly ModelRow[]>();
  readonly #cursors = new Map<string, number>();
  readonly #entries = new Map<string, readonly EntryRow[]>();
  readonly #records: ModelRecord[] = [];
  readonly checkpoints: Record<string, number> = {};
  #lastStep: string | null = null;
  #count = 0;
  #head: number;

  /** @param trimmed how far the feed was trimmed before; `head` where it ended */
  constructor(
    private readonly fence: string,
    head: number,
    public trimmed: number,
  ) {
    this.#head = head;
  }

  /** @returns the position of the first record */
  append(actor: string, bodies: readonly string[]): number {
    const first = this.#head + 1;
    for (const body of bodies) {
      this.#head += 1;
      this.#records.push({ actor, position: this.#head, body });
    }
    return bodies.length === 0 ? this.#head : first;
  }

  get head(): number {
    return this.#head;
  }

  subscribe({ name, from }: Subscriber): void {
    this.checkpoints[name] ??= from === 'head' ? this.#head : this.trimmed;
  }

  unsubscribe(name: string): void {
    delete this.checkpoints[name];
  }

  /** As far as a store comes that is asked again and again. */
  trim(through: number): number {
    const passed = Object.values(this.checkpoints);
    this.trimmed = Math.max(this.trimmed, Math.min(through, this.#head, ...passed));
    return this.trimmed;
  }

  /** What is left of what was appended here. */
  get feed(): readonly ModelRecord[] {
    return this.#records.filter(({ position }) => position > this.trimmed);
  }

  trail(actor: string, from: number | null, limit: number): Trail {
    const gone = { records: [], next: null, isTrimmed: true };
    if (from !== null && from > 0 && from <= this.trimmed) return gone;
    const all = this.#records.filter((record) => record.actor === actor).toReversed();
    const start = from === null ? 0 : all.findIndex(({ position }) => position === from);
    if (start < 0) return { records: [], next: null, isTrimmed: false };
    const left = all.slice(start).filter(({ position }) => position > this.trimmed);
    const next = left[limit]?.position ?? null;
    const isTrimmed = next === null && all.length > start + left.length;
    const records = left.slice(0, limit).map(({ position, body }) => ({ position, body }));
    return { records, next, isTrimmed };
  }

  step({ fence, stepId, checkpoints, rows }: WorkStep): StepReply {
    if (fence !== this.fence) return { kind: 'fenced' };
    if (stepId === this.#lastStep) return { kind: 'done' };
    const isMoved = checkpoints.some(
      ({ subscriber, expected }) => (this.checkpoints[subscriber] ?? 0) !== expected,
    );
    if (isMoved) return { kind: 'moved', checkpoints: { ...this.checkpoints } };
    for (const { subscriber, next } of checkpoints) this.checkpoints[subscriber] = next;
    for (const row of rows) this.#write(row);
    this.#lastStep = stepId;
    return { kind: 'done' };
  }

  post({ expected, rows }: RowPost): boolean {
    if (expected.some(({ table, key, body }) => this.body(table, key) !== body)) return false;
    for (const row of rows) this.#write(row);
    return true;
  }

  transfer({ cursor, items }: Transfer): void {
    for (const { position, rows, entries } of items) {
      if (position <= (this.#cursors.get(cursor) ?? 0)) continue;
      this.#cursors.set(cursor, position);
      for (const row of rows) this.#write(row);
      for (const { owner, collection, key, at, value } of entries) {
        const others = this.entries(owner.id, collection).filter((row) => row.key !== key);
        const all = at === null ? others : [...others, { key, at, value }];
        this.#entries.set(`${owner.id} ${collection}`, all);
      }
    }
  }

  /** All at once. */
  clear(owner: string, collection: string): void {
    this.#entries.delete(`${owner} ${collection}`);
  }

  /** Newest first. */
  entries(owner: string, collection: string): readonly EntryRow[] {
    const entries = this.#entries.get(`${owner} ${collection}`) ?? [];
    return entries.toSorted((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1));
  }

  /** All owners: most entries first, then by id. */
  ranking(collection: string): readonly RankedOwner[] {
    return [...this.#entries]
      .flatMap(([place, { length: size }]) => {
        const [id = '', of] = place.split(' ');
        return of === collection && size > 0 ? [{ id, size }] : [];
      })
      .toSorted((a, b) => b.size - a.size || (a.id < b.id ? -1 : 1));
  }

  body(table: string, key: string): string | null {
    return this.#rows(table).find((row) => row.key === key)?.body ?? null;
  }

  /** The number of rows, those without an order too. */
  size(table: string): number {
    return this.#rows(table).length;
  }

  /** In order; the next orders are those of the model's own count. */
  scan(table: string): readonly WorkRow[] {
    return this.#rows(table)
      .flatMap((row) => (row.order === null ? [] : [{ ...row, order: row.order }]))
      .toSorted((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1));
  }

  #rows(table: string): readonly ModelRow[] {
    return this.#tables.get(table) ?? [];
  }

  #write({ table, key, body, order }: RowWrite): void {
    const old = this.#rows(table).find((row) => row.key === key);
    const others = this.#rows(table).filter((row) => row.key !== key);
    const added =
      body === null ? [] : [{ key, body, order: this.#place(order, old?.order ?? null) }];
    this.#tables.set(table, [...others, ...added]);
  }

  #place(order: RowOrder | null, old: number | null): number | null {
    if (order === null) return null;
    if (order.kind === 'at') return order.at;
    if (order.kind === 'in') throw new Error('the model has no clock');
    this.#count += 1;
    return old ?? this.#count;
  }
}
