/** How a read waits until the read models show what was written before. */
import type { Generations } from './generations/generations.ts';
import type { Runtime } from './runtime.ts';
import type { Store } from './store.ts';

/** Where a record stands. */
export interface FeedPlace {
  readonly partition: number;
  readonly position: number;
}

/** `unknown`: the store has no such position. */
export type Passing = 'passed' | 'late' | 'unknown';

/** The first wait between two looks, and the longest, in milliseconds. */
const LOOK_MS_MIN = 2;
const LOOK_MS_MAX = 25;

/**
 * Waits until every read model that is read has passed all of these places.
 * @param withinMs how long, in milliseconds
 * @param signal ends the wait early: `late`
 * @throws StoreUnavailable
 */
export async function untilPassed(
  tools: {
    readonly store: Store;
    readonly runtime: Runtime;
    readonly generations: Generations;
  },
  places: readonly FeedPlace[],
  withinMs: number,
  signal: AbortSignal,
): Promise<Passing> {
  const { store, runtime, generations } = tools;
  const until = runtime.monotonic() + withinMs;
  let waiting = furthest(places);
  if (places.some(({ partition }) => partition >= store.partitions)) return 'unknown';
  for (let waitMs = LOOK_MS_MIN; ; waitMs = Math.min(waitMs * 2, LOOK_MS_MAX)) {
    // Asked each time: while it waits another read model can take one's place.
    const serving = (await generations.view()).serving();
    const looks = await Promise.all(waiting.map((place) => lookAt(store, serving, place)));
    if (looks.includes('unknown')) return 'unknown';
    waiting = waiting.filter((_, index) => looks[index] === 'late');
    if (waiting.length === 0) return 'passed';
    const leftMs = until - runtime.monotonic();
    if (leftMs <= 0 || signal.aborted) return 'late';
    await runtime.sleep(Math.min(waitMs, leftMs), signal);
  }
}

/** Of each partition the last place: who has passed that has passed the others. */
function furthest(places: readonly FeedPlace[]): FeedPlace[] {
  const positions = new Map<number, number>();
  for (const { partition, position } of places) {
    positions.set(partition, Math.max(position, positions.get(partition) ?? 0));
  }
  return Array.from(positions, ([partition, position]) => ({ partition, position }));
}

async function lookAt(
  store: Store,
  serving: readonly string[],
  { partition, position }: FeedPlace,
): Promise<Passing> {
  const { head, checkpoints } = await store.survey(partition, []);
  if (position > head) return 'unknown';
  return serving.every((name) => (checkpoints[name] ?? 0) >= position) ? 'passed' : 'late';
}
