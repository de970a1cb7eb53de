import type { RowWrite } from '../work-store.ts';

/** Row writes of which the last of a table and key counts. */
export class RowSet {
  readonly #writes = new Map<string, RowWrite>();

  add(...writes: readonly RowWrite[]): void {
    for (const write of writes) this.#writes.set(nameOf(write), write);
  }

  /** Adds what was so before the others: where one of the same table and key is here, that counts. */
  addEarlier(...writes: readonly RowWrite[]): void {
    for (const write of writes) {
      const name = nameOf(write);
      if (!this.#writes.has(name)) this.#writes.set(name, write);
    }
  }

  remove(table: string, key: string): void {
    this.add({ table, key, body: null, order: null });
  }

  all(): readonly RowWrite[] {
    return [...this.#writes.values()];
  }
}

function nameOf({ table, key }: RowWrite): string {
  return `${table}\n${key}`;
}
