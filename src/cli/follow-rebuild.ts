import { setTimeout as pause } from 'node:timers/promises';
import { REBUILD_LOOK_MS, REBUILD_PATIENCE_MS } from './limits.ts';
import { askPatiently, type Unanswered } from './patiently.ts';
import { type ProjectionFigures, projectionList } from './policy-answers.ts';
import type { Progress } from './progress.ts';
import type { ServerLink } from './server-link.ts';

type Rebuild = NonNullable<ProjectionFigures['rebuild']>;

/** How a rebuild ended, as far as it was followed. */
export type RebuildEnd =
  /** It is what is read. */
  | { readonly kind: 'done'; readonly version: number }
  /** What is read is what was read before, and nothing is made beside it. */
  | { readonly kind: 'abandoned' }
  /** The app has no such projection any more. */
  | { readonly kind: 'gone' }
  | Unanswered;

/** What it does when all records are passed. */
const WAITS = 'waits until every node knows of it, some 15 s';

/**
 * Shows how far a rebuild is, until it ends or is followed no longer; servers may be restarted.
 * @param generation what was read before it began
 */
export async function followRebuild(
  link: ServerLink,
  { name, generation }: { readonly name: string; readonly generation: number },
  progress: Progress,
  stop: AbortSignal,
  patienceMs = REBUILD_PATIENCE_MS,
): Promise<RebuildEnd> {
  const shown = new Shown(progress, name, patienceMs);
  try {
    for (;;) {
      const reply = await askPatiently(() => link.get('v1/projections', projectionList), {
        stop,
        onWaiting: (why) => shown.wait(why),
      });
      if (reply.kind !== 'answered') return reply;
      const found = reply.value.items.find((each) => each.name === name);
      if (!found) return { kind: 'gone' };
      if (found.rebuild === null) {
        const isDone = found.generation > generation;
        return isDone ? { kind: 'done', version: found.version } : { kind: 'abandoned' };
      }
      shown.show(found.rebuild);
      await pause(REBUILD_LOOK_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  } finally {
    progress.stop();
  }
}

/** What of a rebuild is shown. */
class Shown {
  readonly #progress: Progress;
  readonly #name: string;
  readonly #patienceMs: number;
  #isStarted = false;
  /** How far it was, and since when. */
  #passed = -1;
  #passedAt = 0;
  #isTold = false;

  constructor(progress: Progress, name: string, patienceMs: number) {
    this.#progress = progress;
    this.#name = name;
    this.#patienceMs = patienceMs;
  }

  /** Says why it is not known how far it is. */
  wait(why: string): void {
    if (this.#isStarted) this.#progress.waiting(why);
    else this.#progress.note(`Waiting for the server: ${why}`);
  }

  show({ phase, passed, records, version }: Rebuild): void {
    if (!this.#isStarted) {
      this.#progress.note(`Records that version ${version} has passed:`);
      this.#progress.start(records, passed);
      this.#isStarted = true;
    }
    this.#progress.reach(passed, records);
    this.#progress.waiting(phase === 'entering' ? WAITS : null);
    this.#watch(phase === 'building' && passed < records, passed);
  }

  /** Says once that it stands still, if it does. */
  #watch(hasMore: boolean, passed: number): void {
    const now = performance.now();
    if (!hasMore || passed !== this.#passed) [this.#passed, this.#passedAt] = [passed, now];
    if (this.#isTold || now - this.#passedAt <= this.#patienceMs) return;
    this.#isTold = true;
    this.#progress.note(
      `\nIt has not come further for a while: a fold may fail, which the server's log tells.\n` +
        `It goes on when that is mended; everstate rebuild ${this.#name} --abandon gives it up.`,
    );
  }
}
