import { z } from 'zod';
import { type App, BadCursorError } from '../define/index.ts';
import { type Address, actorKey, partitionOf } from './address.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { TrailItem, TrailPage } from './engine.ts';
import { envelopesOf, parseRecord, positionToken } from './record.ts';
import type { Store } from './store.ts';

/** How often the store is read for one page: records of commands that emitted nothing fill none. */
const READS_MAX = 20;
/** In a place: before all events of its record. */
const ALL_EVENTS = Number.MAX_SAFE_INTEGER;

/**
 * A page of an actor's events, newest first; `null` when nothing was ever recorded of it. Where the
 * page begins in what was trimmed, it has none. Where few commands emitted any, a page may be short, or
 * empty, and not be the last.
 * @throws BadCursorError, StoreUnavailable, UpcastError
 */
export async function readTrail(
  app: App,
  store: Store,
  actor: Address,
  page: { limit: number; before: string | null },
): Promise<TrailPage | null> {
  const scope = `trail/${actorKey(actor)}`;
  const partition = partitionOf(actorKey(actor), store.partitions);
  const start = page.before === null ? null : placeOf(page.before, scope);
  const items: TrailItem[] = [];
  let from = start?.position ?? null;
  for (let reads = 1; ; reads++) {
    const { records, next, isTrimmed } = await store.trail(actor, from, page.limit + 1);
    if (records.length === 0) {
      if (isTrimmed || reads > 1) return { items, next: null, isTrimmed };
      if (start) throw new BadCursorError('the cursor names no record of this actor');
      return null;
    }
    for (const { position, body } of records) {
      const below = start && position === start.position ? start.index : Number.POSITIVE_INFINITY;
      for (const { index, item } of itemsOf(app, partition, position, body)) {
        if (index >= below) continue;
        if (items.length === page.limit) {
          return { items, next: cursorAfter(scope, items), isTrimmed: false };
        }
        items.push(item);
      }
    }
    if (next === null) return { items, next: null, isTrimmed };
    if (reads === READS_MAX) {
      return { items, next: encodeCursor(scope, [next, ALL_EVENTS]), isTrimmed: false };
    }
    from = next;
  }
}

/** The events of a record, last first. */
function itemsOf(
  app: App,
  partition: number,
  position: number,
  body: string,
): { index: number; item: TrailItem }[] {
  const record = parseRecord(body);
  const { commandId, command, facts } = record;
  const cause = { commandId, type: command.type, data: command.data };
  return envelopesOf(app, record, positionToken(partition, position))
    .map((event, index) => ({ index, item: { ...event, cause, facts } }))
    .reverse();
}

/** The place of the last item: `partition:position.index`. */
function cursorAfter(scope: string, items: readonly TrailItem[]): string {
  const place = items.at(-1)?.position.split(':')[1] ?? '';
  return encodeCursor(scope, place.split('.').map(Number));
}

const place = z.tuple([z.int().min(1), z.int().min(0)]);

function placeOf(cursor: string, scope: string): { position: number; index: number } {
  const [position, index] = decodeCursor(cursor, scope, place);
  return { position, index };
}
