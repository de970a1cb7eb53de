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

/** Rows of all sources behind a place, in their order: as many as are taken, not many more read. */
export async function* merged<Row extends RowPlace>(
  sources: readonly Source<Row>[],
  after: RowPlace | null,
  limit: number,
): AsyncGenerator<Row> {
  const share = Math.min(limit, 2 * Math.ceil(limit / Math.max(1, sources.length)) + SPARE);
  const feeds = sources.map((source) => new Feed(source, after, share));
  for (;;) {
    await Promise.all(feeds.map((feed) => feed.fill()));
    let first: { readonly feed: Feed<Row>; readonly row: Row } | null = null;
    for (const feed of feeds) {
      const row = feed.first;
      if (row && (first === null || compare(row, first.row) < 0)) first = { feed, row };
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

  drop(): void {
    this.#next += 1;
  }

  /** Reads on where nothing is at hand: more with every time, since it has what is looked for. */
  async fill(): Promise<void> {
    if (this.#isEnded || this.#next < this.#rows.length) return;
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

/** Bytes of UTF-8 are in the order of code points. */
function compareKeys(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
