import type { RowWrite } from '../work-store.ts';

/** Row writes of which the last of a table and key counts. */
export class RowSet {
  readonly #writes = new Map<string, RowWrite>();

  add(...writes: readonly RowWrite[]): void {
    for (const write of writes) this.#writes.set(`${write.table}\n${write.key}`, write);
  }

  remove(table: string, key: string): void {
    this.add({ table, key, body: null, order: null });
  }

  all(): readonly RowWrite[] {
    return [...this.#writes.values()];
  }
}
