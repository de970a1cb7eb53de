/** Where one who reads the feed of all partitions stands. */
export interface Bookmark {
  /** The last position passed, by partition. */
  readonly positions: readonly number[];
  /** How much of the record after that one was passed, in one partition. */
  readonly begun: Begun | null;
}

/** A record of several events, of which only the first were passed. */
export interface Begun {
  readonly partition: number;
  readonly events: number;
}

/** No place of this feed. */
export class BadBookmarkError extends Error {
  override readonly name = 'BadBookmarkError';
}

/** Tells this form from later ones. */
const FORM = 1;

/**
 * A bookmark as URL-safe text: numbers of seven bits a byte, the lowest first. Positions are
 * written as what they have more than the least of them: those of a feed are much alike.
 */
export function encodeBookmark({ positions, begun }: Bookmark): string {
  const bytes: number[] = [FORM];
  let least = Number.POSITIVE_INFINITY;
  for (const position of positions) least = Math.min(least, position);
  writeNumber(bytes, positions.length);
  writeNumber(bytes, least);
  for (const position of positions) writeNumber(bytes, position - least);
  if (begun) {
    writeNumber(bytes, begun.partition);
    writeNumber(bytes, begun.events);
  }
  return Buffer.from(bytes).toString('base64url');
}

/**
 * @param partitions how many the store has
 * @throws BadBookmarkError when it was not made by {@link encodeBookmark} for such a store
 */
export function decodeBookmark(text: string, partitions: number): Bookmark {
  const [form, count = 0, least = 0, ...rest] = readNumbers(Buffer.from(text, 'base64url'));
  const [partition = 0, events = 0] = rest.slice(partitions);
  const bookmark: Bookmark = {
    positions: rest.slice(0, partitions).map((more) => least + more),
    begun: rest.length > partitions ? { partition, events } : null,
  };
  const isOurs =
    form === FORM &&
    count === partitions &&
    (rest.length === partitions || rest.length === partitions + 2) &&
    partition < partitions &&
    bookmark.positions.every(Number.isSafeInteger) &&
    // What is not to be in base64url is passed over when it is read.
    encodeBookmark(bookmark) === text;
  if (!isOurs) throw new BadBookmarkError('no place of a feed of so many partitions');
  return bookmark;
}

function writeNumber(bytes: number[], number: number): void {
  let rest = number;
  // No shifts: they would cut a position off at 32 bits.
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
}

function readNumbers(bytes: Buffer): number[] {
  const numbers: number[] = [];
  let number = 0;
  let scale = 1;
  for (const byte of bytes) {
    number += (byte % 0x80) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
    scale = 1;
  }
  return numbers;
}
