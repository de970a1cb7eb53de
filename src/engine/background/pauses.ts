/**
 * Which policies are paused, for all nodes: a row each, in the first partition. A paused policy takes
 * nothing from the feed, its timers, its queues or its inbox; what it began goes on to its outcome.
 */
import { Known } from '../known.ts';
import type { Runtime } from '../runtime.ts';
import type { WorkStore } from '../work-store.ts';
import type { BackgroundLimits } from './limits.ts';

const PARTITION = 0;
const TABLE = 'pauses';

interface PauseTools {
  readonly store: Pick<WorkStore, 'rows'>;
  readonly runtime: Runtime;
  readonly limits: Pick<BackgroundLimits, 'pauseLookMs'>;
}

/** What a node knows of paused policies: no older than a moment when it takes something. */
export class Pauses {
  readonly #tools: PauseTools;
  readonly #policies: readonly string[];
  readonly #known: Known<ReadonlySet<string>>;

  constructor(tools: PauseTools, policies: readonly string[]) {
    this.#tools = tools;
    this.#policies = policies;
    this.#known = new Known({
      read: () => this.#read(),
      runtime: tools.runtime,
      ageMsMax: tools.limits.pauseLookMs,
      servesOn: () => true,
    });
  }

  /**
   * Those that are paused, as they lately were. Where the store does not tell it anew, as they were
   * when it last did.
   * @throws StoreUnavailable where it never did
   */
  paused(): Promise<ReadonlySet<string>> {
    return this.#known.get();
  }

  /** Those that are paused, as the store has it now. @throws StoreUnavailable */
  look(): Promise<ReadonlySet<string>> {
    return this.#known.look();
  }

  #read(): Promise<ReadonlySet<string>> {
    return pausedAmong(this.#tools.store, this.#policies);
  }

  /** Waits until a policy is not paused, or `ending` is aborted. */
  async untilResumed(policy: string, ending: AbortSignal): Promise<void> {
    const { runtime, limits } = this.#tools;
    do {
      await runtime.sleep(limits.pauseLookMs, ending);
    } while (!ending.aborted && (await this.paused()).has(policy));
  }
}

/** Those of these policies that are paused, as the store has it now. @throws StoreUnavailable */
export async function pausedAmong(
  store: Pick<WorkStore, 'rows'>,
  policies: readonly string[],
): Promise<ReadonlySet<string>> {
  if (policies.length === 0) return new Set();
  const bodies = await store.rows(PARTITION, TABLE, policies);
  return new Set(policies.filter((_, index) => typeof bodies[index] === 'string'));
}

/** Has a policy paused, on all nodes, until it is resumed. @throws StoreUnavailable */
export async function pausePolicy(store: WorkStore, policy: string, at: string): Promise<void> {
  const row = { table: TABLE, key: policy, body: JSON.stringify({ at }), order: null };
  // Where it is paused already, that stays as it is.
  const expected = [{ table: TABLE, key: policy, body: null }];
  await store.post({ partition: PARTITION, expected, rows: [row] });
}

/** Has a paused policy go on, on all nodes. @throws StoreUnavailable */
export async function resumePolicy(store: WorkStore, policy: string): Promise<void> {
  const rows = [{ table: TABLE, key: policy, body: null, order: null }];
  await store.post({ partition: PARTITION, expected: [], rows });
}
