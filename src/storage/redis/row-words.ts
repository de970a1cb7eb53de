import type { RowWrite } from '../../engine/work-store.ts';
import type { Keys } from './keys.ts';

/** The tables that a script is about: each named once among its keys, however often it occurs. */
export class TableKeys {
  readonly named: string[] = [];
  readonly #places = new Map<string, string>();

  constructor(
    private readonly keys: Keys,
    private readonly partition: number,
  ) {}

  /** How many there are. */
  get count(): number {
    return this.#places.size;
  }

  /** What the script calls a table. */
  place(table: string): string {
    let place = this.#places.get(table);
    if (place === undefined) {
      place = String(this.#places.size);
      this.#places.set(table, place);
      this.named.push(
        this.keys.bodies(this.partition, table),
        this.keys.orders(this.partition, table),
      );
    }
    return place;
  }

  /** Adds rows to the arguments of a script, as `rows.lua` has them. */
  pushRows(values: string[], rows: readonly RowWrite[]): void {
    values.push(String(rows.length));
    for (const { table, key, body, order } of rows) {
      values.push(this.place(table), key);
      if (body === null) values.push('gone', '', '');
      else if (order === null) values.push('none', '', body);
      else if (order.kind === 'at') values.push('at', String(order.at), body);
      else if (order.kind === 'in') values.push('in', String(order.ms), body);
      else values.push('next', '', body);
    }
  }
}
