import type { App } from '../../../src/define/index.ts';
import { parseRecord } from '../../../src/engine/record.ts';
import type { Store } from '../../../src/engine/store.ts';
import type { WorkStep } from '../../../src/engine/work-store.ts';
import type { Method } from './strand.ts';

/**
 * Tells calls that are carried out when they are made, since nothing that comes in between could
 * matter:
 * - `rows`, `scan` and `rest` read what the holder of the lease alone writes, and the feed's head;
 * - a read of a feed that finds nothing of concern: what comes later is read after its wake;
 * - a step that only passes over what concerns nobody: done again, it does the same.
 */
export class AtOnce {
  readonly #store: Store;
  readonly #app: App;

  constructor(store: Store, app: App) {
    this.#store = store;
    this.#app = app;
  }

  async is(method: Method, args: readonly unknown[]): Promise<boolean> {
    if (method === 'rows' || method === 'scan' || method === 'rest') return true;
    if (method === 'readFeed') {
      const [partition, after] = args;
      return !(await this.#concerns(Number(partition), Number(after), null, null));
    }
    if (method !== 'step') return false;
    const [{ partition, checkpoints, rows }] = args as [WorkStep];
    if (rows.length > 0) return false;
    for (const { subscriber, expected, next } of checkpoints) {
      if (await this.#concerns(partition, expected, next, subscriber)) return false;
    }
    return true;
  }

  /** Whether a subscriber (`null`: any) takes an event of a part of a feed. */
  async #concerns(
    partition: number,
    after: number,
    until: number | null,
    subscriber: string | null,
  ): Promise<boolean> {
    const { policies, projections } = this.#app;
    const all = [...policies.values(), ...projections.values()];
    const asking = all.filter(({ name }) => subscriber === null || name === subscriber);
    const limit = until === null ? 1_000 : until - after;
    const records = await this.#store.readFeed(partition, after, limit);
    return records.some(({ body }) =>
      parseRecord(body).events.some(({ type }) => asking.some(({ on }) => type in on)),
    );
  }
}
