import { type ActorKey, actorKey } from '../../engine/address.ts';
import type { CollectionRef } from '../../engine/store.ts';
import type {
  LookedAtActor,
  RankedOwner,
  RestReply,
  RestRequest,
  RowPost,
  StepReply,
  Survey,
  Transfer,
  WorkRow,
  WorkStep,
  WorkStore,
} from '../../engine/work-store.ts';
import { mergeRanking } from '../ranking.ts';
import type { Calls } from './calls.ts';
import { pushEntry } from './entry.ts';
import { checkpointsOf } from './feeds.ts';
import { entryPrefix, type Keys, sizeField } from './keys.ts';
import { leaseOf } from './leases.ts';
import { integer, list, text, textOrNull } from './reply.ts';
import { TableKeys } from './row-words.ts';
import { SCRIPTS } from './scripts.ts';

const DONE = 1;
const FENCED = 0;
const RESTING = 1;
const WRITTEN = 1;

/** The background work of the partitions: its steps and its rows. */
export class Work {
  constructor(
    private readonly calls: Calls,
    private readonly keys: Keys,
  ) {}

  async step({ partition, fence, stepId, checkpoints, rows }: WorkStep): Promise<StepReply> {
    const tables = new TableKeys(this.keys, partition);
    const values: string[] = [fence, stepId, String(checkpoints.length)];
    for (const { subscriber, expected, next } of checkpoints) {
      values.push(subscriber, String(expected), String(next));
    }
    tables.pushRows(values, rows);
    const work = this.keys.work(partition);
    const named = [work, this.keys.feed(partition), ...tables.named];
    const reply = await this.calls.script(SCRIPTS.step, 'write', named, values);
    if (reply === DONE) return { kind: 'done' };
    if (reply === FENCED) return { kind: 'fenced' };
    return { kind: 'moved', checkpoints: checkpointsOf(reply) };
  }

  async post({ partition, expected, rows }: RowPost): Promise<boolean> {
    const tables = new TableKeys(this.keys, partition);
    const values = [this.keys.channel(partition), String(expected.length)];
    for (const { table, key, body } of expected) {
      values.push(tables.place(table), key, body === null ? '' : '1', body ?? '');
    }
    tables.pushRows(values, rows);
    const work = this.keys.work(partition);
    const reply = await this.calls.script(SCRIPTS.post, 'write', [work, ...tables.named], values);
    return integer(reply) === WRITTEN;
  }

  async transfer({ partition, cursor, items }: Transfer): Promise<void> {
    const tables = new TableKeys(this.keys, partition);
    const written: string[] = [];
    const owned: string[] = [];
    const rankings = new Map<string, number>();
    for (const { position, rows, entries } of items) {
      written.push(String(position));
      tables.pushRows(written, rows);
      written.push(String(entries.length));
      for (const entry of entries) {
        const { owner: actor, collection, rank } = entry;
        owned.push(
          this.keys.actor(partition, actorKey(actor)),
          this.keys.collection(partition, { actor, collection }),
        );
        pushEntry(written, entry);
        if (rank !== undefined && !rankings.has(rank)) rankings.set(rank, rankings.size);
        written.push(rank === undefined ? '' : String(rankings.get(rank)), actor.id);
      }
    }
    const work = this.keys.work(partition);
    const ranked = Array.from(rankings.keys(), (name) => this.keys.ranking(partition, name));
    const named = [work, this.keys.cursors(partition), ...tables.named, ...ranked, ...owned];
    const counts = [String(tables.count), String(rankings.size)];
    const values = [cursor, this.keys.channel(partition), ...counts, ...written];
    await this.calls.script(SCRIPTS.transfer, 'write', named, values);
  }

  async cursors(partition: number, names: readonly string[]): Promise<readonly number[]> {
    if (names.length === 0) return [];
    const cursors = this.keys.cursors(partition);
    const found = list(await this.calls.run('read', ['hmget', cursors, ...names]));
    return found.map((position) => Number(textOrNull(position) ?? 0));
  }

  async rewind(partition: number, cursor: string, position: number): Promise<boolean> {
    const cursors = this.keys.cursors(partition);
    const values = [cursor, String(position)];
    const reply = await this.calls.script(SCRIPTS.rewind, 'write', [cursors], values);
    return integer(reply) === WRITTEN;
  }

  ranking(name: string, limit: number): Promise<readonly RankedOwner[]> {
    return mergeRanking(this.keys.partitions, limit, async (partition, share) => {
      const range = [this.keys.ranking(partition, name), '0', String(share - 1), 'WITHSCORES'];
      const found = list(await this.calls.run('read', ['zrange', ...range]));
      const owners: RankedOwner[] = [];
      for (let from = 0; from < found.length; from += 2) {
        owners.push({ id: text(found[from]), size: -Number(text(found[from + 1])) });
      }
      return owners;
    });
  }

  async clear(
    { actor, collection }: CollectionRef,
    { rank, limit }: Parameters<WorkStore['clear']>[1],
  ): Promise<boolean> {
    const key = actorKey(actor);
    const partition = this.keys.partition(key);
    const owner = this.keys.actor(partition, key);
    const named = [owner, this.keys.collection(partition, { actor, collection })];
    if (rank !== null) named.push(this.keys.ranking(partition, rank));
    const values = [String(limit), sizeField(collection), entryPrefix(collection), actor.id];
    return integer(await this.calls.script(SCRIPTS.clear, 'write', named, values)) > 0;
  }

  async actors(
    partition: number,
    actors: readonly ActorKey[],
    withRecord: boolean,
  ): Promise<readonly LookedAtActor[]> {
    if (actors.length === 0) return [];
    const named = actors.map((actor) => this.keys.actor(partition, actor));
    const values = withRecord ? actors : actors.map(() => '');
    const feed = this.keys.feed(partition);
    const found = list(await this.calls.script(SCRIPTS.actors, 'read', [feed, ...named], values));
    return actors.map((_, place) => ({
      state: textOrNull(found[2 * place]),
      record: textOrNull(found[2 * place + 1]),
    }));
  }

  async rows(
    partition: number,
    table: string,
    keys: readonly string[],
  ): Promise<readonly (string | null)[]> {
    if (keys.length === 0) return [];
    const bodies = this.keys.bodies(partition, table);
    return list(await this.calls.run('read', ['hmget', bodies, ...keys])).map(textOrNull);
  }

  async orders(
    partition: number,
    table: string,
    keys: readonly string[],
  ): Promise<readonly (number | null)[]> {
    if (keys.length === 0) return [];
    const orders = this.keys.orders(partition, table);
    const found = list(await this.calls.run('read', ['zmscore', orders, ...keys]));
    return found.map((order) => (order === null ? null : Number(text(order))));
  }

  async scan(
    partition: number,
    table: string,
    { after, until, limit, isReverse = false }: Parameters<WorkStore['scan']>[2],
  ): Promise<readonly WorkRow[]> {
    const named = [this.keys.orders(partition, table), this.keys.bodies(partition, table)];
    const values = [String(limit), String(until ?? ''), isReverse ? '1' : ''];
    if (after !== null) values.push(String(after.order), after.key);
    const found = list(await this.calls.script(SCRIPTS.scan, 'read', named, values));
    const rows: WorkRow[] = [];
    for (let from = 0; from < found.length; from += 3) {
      rows.push(workRow(found.slice(from, from + 3)));
    }
    return rows;
  }

  async rest({ partition, fence, head, tables }: RestRequest): Promise<RestReply> {
    const named = [
      this.keys.work(partition),
      this.keys.feed(partition),
      ...tables.map((table) => this.keys.orders(partition, table)),
    ];
    const values = [fence, String(head), this.keys.channel(partition)];
    const reply = await this.calls.script(SCRIPTS.rest, 'write', named, values);
    if (reply === FENCED) return { kind: 'fenced' };
    const [resting, last, now, checkpoints, ...firsts] = list(reply);
    return {
      kind: 'looked',
      resting: integer(resting) === RESTING,
      head: integer(last),
      now: integer(now),
      checkpoints: checkpointsOf(checkpoints),
      firsts: firsts.map((first) => (first === null ? null : Number(text(first)))),
    };
  }

  async survey(partition: number, tables: readonly string[]): Promise<Survey> {
    const named = [
      this.keys.work(partition),
      this.keys.feed(partition),
      this.keys.pendingAsync(partition),
    ];
    for (const table of tables) {
      named.push(this.keys.bodies(partition, table), this.keys.orders(partition, table));
    }
    const reply = list(await this.calls.script(SCRIPTS.survey, 'look', named, []));
    const [head, trimmed, now, fence, node, checkpoints, pending, ...figures] = reply;
    return {
      head: integer(head),
      trimmed: integer(trimmed),
      now: integer(now),
      lease: leaseOf(fence, node),
      checkpoints: checkpointsOf(checkpoints),
      pendingAsync: integer(pending),
      tables: figures.map((table) => {
        const [rows, ordered, ...first] = list(table);
        return {
          rows: integer(rows),
          ordered: integer(ordered),
          first: first.length === 0 ? null : workRow(first),
        };
      }),
    };
  }
}

function workRow([key, order, body]: readonly unknown[]): WorkRow {
  return { key: text(key), order: Number(text(order)), body: text(body) };
}
