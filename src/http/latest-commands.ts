import type { Outcome } from '../engine/outcome.ts';
import type { CommandFigures } from '../inspector/protocol.ts';

/** For how long a command is remembered, in seconds. */
const LATEST_SECONDS = 60;

/** Durations that fall into one bucket are not told apart: each is up to a tenth above the last. */
const GROWTH = 1.1;
const SMALLEST_MS = 0.05;
/** Up to a minute, at least. */
const BUCKETS = 150;
/** A quantile is the middle of its bucket: this part of it at most is what it may be off. */
export const QUANTILE_ERROR = Math.sqrt(GROWTH) - 1;

const SECOND_MS = 1_000;

interface Tally {
  readonly buckets: Uint32Array;
  readonly counts: Record<Outcome['status'], number>;
}

/** The commands of one second, by type. */
interface Second {
  readonly at: number;
  readonly tallies: Map<string, Tally>;
}

/**
 * What commands took in the last minute, second by second. However many there are, it holds at most
 * 600 bytes for each type in each second.
 */
export class LatestCommands {
  readonly #now: () => number;
  readonly #begunAt: number;
  /** The oldest first. */
  #seconds: Second[] = [];

  /** @param now in milliseconds, never less than before */
  constructor(now: () => number) {
    this.#now = now;
    this.#begunAt = now();
  }

  /** @param command one of the app's @param ms from its submission to its outcome */
  add(command: string, status: Outcome['status'], ms: number): void {
    const { tallies } = this.#current();
    let tally = tallies.get(command);
    if (!tally) {
      tally = newTally();
      tallies.set(command, tally);
    }
    count(tally.buckets, bucketOf(ms), 1);
    tally.counts[status]++;
  }

  /** For how long it has counted, in seconds: a minute at most. */
  get seconds(): number {
    const now = this.#now();
    const from = Math.max(this.#begunAt, this.#firstSecond() * SECOND_MS);
    return Math.max(1, (now - from) / SECOND_MS);
  }

  /** Of all types that came of late, the most frequent first. */
  figures(): readonly CommandFigures[] {
    const all = new Map<string, Tally>();
    const first = this.#firstSecond();
    for (const { at, tallies } of this.#seconds) {
      if (at < first) continue;
      for (const [command, tally] of tallies) {
        const sum = all.get(command) ?? newTally();
        all.set(command, sum);
        addTo(sum, tally);
      }
    }
    const { seconds } = this;
    return Array.from(all, ([command, tally]) => figuresOf(command, tally, seconds)).sort(
      (one, other) => other.perSecond - one.perSecond || one.command.localeCompare(other.command),
    );
  }

  /** The oldest that counts still. */
  #firstSecond(): number {
    return Math.floor(this.#now() / SECOND_MS) - LATEST_SECONDS + 1;
  }

  #current(): Second {
    const at = Math.floor(this.#now() / SECOND_MS);
    const last = this.#seconds.at(-1);
    if (last?.at === at) return last;
    const next = { at, tallies: new Map() };
    const first = this.#firstSecond();
    this.#seconds = [...this.#seconds.filter((second) => second.at >= first), next];
    return next;
  }
}

function newTally(): Tally {
  return {
    buckets: new Uint32Array(BUCKETS),
    counts: { accepted: 0, rejected: 0, failed: 0 },
  };
}

function addTo(sum: Tally, { buckets, counts }: Tally): void {
  for (const [bucket, number] of buckets.entries()) count(sum.buckets, bucket, number);
  sum.counts.accepted += counts.accepted;
  sum.counts.rejected += counts.rejected;
  sum.counts.failed += counts.failed;
}

function count(buckets: Uint32Array, bucket: number, number: number): void {
  buckets[bucket] = (buckets[bucket] ?? 0) + number;
}

function bucketOf(ms: number): number {
  if (ms <= SMALLEST_MS) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / SMALLEST_MS) / Math.log(GROWTH)));
}

function figuresOf(command: string, { buckets, counts }: Tally, seconds: number): CommandFigures {
  const { accepted, rejected, failed } = counts;
  const total = accepted + rejected + failed;
  return {
    command,
    perSecond: total / seconds,
    p50Ms: quantile(buckets, total, 0.5),
    p99Ms: quantile(buckets, total, 0.99),
    ...{ accepted, rejected, failed },
  };
}

/** The middle of the bucket that the one at this part of all falls into, in milliseconds. */
function quantile(buckets: Uint32Array, total: number, part: number): number {
  let left = Math.ceil(total * part);
  const found = buckets.findIndex((number) => {
    left -= number;
    return left <= 0;
  });
  return found <= 0 ? SMALLEST_MS : SMALLEST_MS * GROWTH ** (found - 0.5);
}
