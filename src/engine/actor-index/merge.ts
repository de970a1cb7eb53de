/** Rows of many tables as one list, in the order that each of them has. */

/** A row's place: by order, then by key. */
export interface RowPlace {
  readonly order: number;
  readonly key: string;
}

/** Where rows come from: each in its order, some at a time. */
export interface Source<Row extends RowPlace> {
  read(after: RowPlace | null, limit: number): Promise<readonly Row[]>;
}

/** How many rows more than its share a source is asked for at first. */
const SPARE = 4;

/**
 * Rows of all sources behind a place, in their order: as many as are taken, not many more read.
 * @param inOrder the order that the sources have
 */
export async function* merged<Row extends RowPlace>(
  sources: readonly Source<Row>[],
  after: RowPlace | null,
  limit: number,
  inOrder: typeof compare = compare,
): AsyncGenerator<Row> {
  const share = Math.min(limit, 2 * Math.ceil(limit / Math.max(1, sources.length)) + SPARE);
  const feeds = sources.map((source) => new Feed(source, after, share));
  for (;;) {
    const empty = feeds.filter((feed) => feed.isEmpty);
    if (empty.length > 0) await Promise.all(empty.map((feed) => feed.fill()));
    let first: { readonly feed: Feed<Row>; readonly row: Row } | null = null;
    for (const feed of feeds) {
      const row = feed.first;
      if (row && (first === null || inOrder(row, first.row) < 0)) first = { feed, row };
    }
    if (first === null) return;
    first.feed.drop();
    yield first.row;
  }
}

class Feed<Row extends RowPlace> {
  #rows: readonly Row[] = [];
  #next = 0;
  #isEnded = false;

  constructor(
    private readonly source: Source<Row>,
    private after: RowPlace | null,
    private share: number,
  ) {}

  get first(): Row | undefined {
    return this.#rows[this.#next];
  }

  /** Nothing is at hand, though there may be more. */
  get isEmpty(): boolean {
    return !this.#isEnded && this.#next >= this.#rows.length;
  }

  drop(): void {
    this.#next += 1;
  }

  /** Reads on: more with every time, since it has what is looked for. */
  async fill(): Promise<void> {
    const limit = this.share;
    this.#rows = await this.source.read(this.after, limit);
    this.#next = 0;
    this.#isEnded = this.#rows.length < limit;
    this.after = this.#rows.at(-1) ?? this.after;
    this.share = Math.min(SHARE_MAX, 2 * limit);
  }
}

const SHARE_MAX = 256;

/** As stores order rows: by order, then by key in the order of code points. */
export function compare(a: RowPlace, b: RowPlace): number {
  return a.order - b.order || compareKeys(a.key, b.key);
}

/** The last first. */
export function backwards(a: RowPlace, b: RowPlace): number {
  return compare(b, a);
}

/** By code points: strings are ordered by units of UTF-16, of which those of pairs are not the last. */
function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = placeOf(a.charCodeAt(at)) - placeOf(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** A unit's place where units of pairs come after all others, as the signs that they stand for do. */
function placeOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
