import type { ActorKey } from '../../engine/address.ts';
import type { FeedRecord, Subscriber } from '../../engine/work-store.ts';
import type { Calls } from './calls.ts';
import type { Keys } from './keys.ts';
import { integer, list, text } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

/** How many records one step forgets at most: a millisecond of the server's. */
const TRIM_RECORDS_MAX = 1_000;

/** The partitions' feeds, and how far their subscribers are. */
export class Feeds {
  constructor(
    private readonly calls: Calls,
    private readonly keys: Keys,
  ) {}

  async read(partition: number, after: number, limit: number): Promise<readonly FeedRecord[]> {
    if (limit < 1) return [];
    // A script could leave out the snapshots, which few records have, but costs more than they do.
    const range = [`(0-${after}`, '+', 'COUNT', String(limit)];
    const found = await this.calls.run('read', ['xrange', this.keys.feed(partition), ...range]);
    return list(found).map(feedRecord);
  }

  heads(): Promise<readonly number[]> {
    return this.#everywhere((partition) =>
      this.calls.script(SCRIPTS.head, 'read', [this.keys.feed(partition)], []).then(integer),
    );
  }

  async subscribe(subscribers: readonly Subscriber[]): Promise<void> {
    const values = subscribers.flatMap(({ name, from }) => [name, from]);
    await this.#everywhere((partition) =>
      this.calls.script(SCRIPTS.subscribe, 'write', [this.keys.feed(partition)], values),
    );
  }

  async unsubscribe(subscriber: string): Promise<void> {
    await this.#everywhere((partition) =>
      this.calls.script(SCRIPTS.unsubscribe, 'write', [this.keys.feed(partition)], [subscriber]),
    );
  }

  async trim(partition: number, through: number): Promise<number> {
    const values = [String(through), String(TRIM_RECORDS_MAX)];
    const named = [this.keys.feed(partition)];
    return integer(await this.calls.script(SCRIPTS.trim, 'write', named, values));
  }

  checkpoints(subscriber: string): Promise<readonly number[]> {
    return this.#everywhere((partition) => {
      const named = [this.keys.feed(partition)];
      return this.calls.script(SCRIPTS.checkpoint, 'look', named, [subscriber]).then(integer);
    });
  }

  /** All partitions in one burst. */
  #everywhere<Answer>(ask: (partition: number) => Promise<Answer>): Promise<readonly Answer[]> {
    return Promise.all(Array.from({ length: this.keys.partitions }, (_, each) => ask(each)));
  }
}

/** The checkpoints as the scripts give them: {name, position, …}. */
export function checkpointsOf(reply: unknown): Readonly<Record<string, number>> {
  const found = list(reply);
  const checkpoints: [name: string, position: number][] = [];
  for (let index = 0; index < found.length; index += 2) {
    checkpoints.push([text(found[index]), Number(text(found[index + 1]))]);
  }
  return Object.fromEntries(checkpoints);
}

function feedRecord(entry: unknown): FeedRecord {
  const [id, fields] = list(entry);
  // Fields stand in the order they were added in: a, p, d, s.
  const [, actor, , , , body] = list(fields);
  return {
    position: Number(text(id).slice('0-'.length)),
    actor: text(actor) as ActorKey,
    body: text(body),
  };
}
