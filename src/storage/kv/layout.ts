import { StoreRefused } from '../../engine/store.ts';
import type { Decision, Reader } from './backing.ts';
import { keys, LAYOUT } from './keys.ts';

interface Meta {
  readonly layout: number;
  readonly partitions: number;
}

/**
 * Checks that the content is of this layout and of so many partitions, and says so in a store
 * that is new. Answers how many partitions there are.
 * @param partitions `null`: as many as the store was made with
 * @param unlessAsked how many a new store gets where `partitions` is `null`
 * @param place how messages name the store
 * @throws StoreRefused
 */
export function decideLayout(
  reader: Reader,
  partitions: number | null,
  unlessAsked: number,
  place: string,
): Decision<number> {
  const stored = reader.get(keys.meta);
  if (stored === null) {
    const [other] = reader.range({ from: ' ', before: '~', reverse: false, limit: 1 });
    if (other !== undefined) throw new StoreRefused(`${place} holds data that is not Everstate's.`);
    const made: Meta = { layout: LAYOUT, partitions: partitions ?? unlessAsked };
    return { reply: made.partitions, writes: [[keys.meta, JSON.stringify(made)]] };
  }
  const meta = parseMeta(stored, place);
  if (meta.layout !== LAYOUT) {
    throw new StoreRefused(
      `${place} has key layout ${meta.layout}; this version of Everstate reads layout ${LAYOUT}.`,
    );
  }
  if (partitions !== null && partitions !== meta.partitions) {
    throw new StoreRefused(
      `${place} was made with PARTITIONS=${meta.partitions}, which is fixed for a store: leave the setting unset, or set it so, not to ${partitions}.`,
    );
  }
  return { reply: meta.partitions, writes: [] };
}

function parseMeta(stored: string, place: string): Meta {
  let meta: unknown;
  try {
    meta = JSON.parse(stored);
  } catch (cause) {
    throw new StoreRefused(`${place} holds data that is not Everstate's.`, { cause });
  }
  if (
    typeof meta === 'object' &&
    meta !== null &&
    'layout' in meta &&
    'partitions' in meta &&
    Number.isSafeInteger(meta.layout) &&
    Number.isSafeInteger(meta.partitions)
  ) {
    return { layout: Number(meta.layout), partitions: Number(meta.partitions) };
  }
  throw new StoreRefused(`${place} holds data that is not Everstate's.`);
}
