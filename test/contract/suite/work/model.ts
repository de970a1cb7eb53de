import type { EntryRow } from '../../../../src/engine/store.ts';
import type {
  RankedOwner,
  RowOrder,
  RowPost,
  RowWrite,
  StepReply,
  Transfer,
  WorkRow,
  WorkStep,
} from '../../../../src/engine/work-store.ts';

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
  #lastStep: string | null = null;
  #count = 0;

  /** @param checkpoints of all subscribers in play; they are moved on. */
  constructor(
    private readonly fence: string,
    readonly checkpoints: Record<string, number>,
  ) {}

  step({ fence, stepId, checkpoints, rows }: WorkStep): StepReply {
    if (fence !== this.fence) return { kind: 'fenced' };
    if (stepId === this.#lastStep) return { kind: 'done' };
    const isMoved = checkpoints.some(
      ({ subscriber, expected }) => this.checkpoints[subscriber] !== expected,
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
