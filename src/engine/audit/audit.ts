/**
 * Looks whether partitions agree on what no commit holds together, and mends what they do not: each
 * may have lost a tail of its own, with a server of a cluster. Everything it does is decided once
 * more where it is done, so that it may run beside a loaded system, and twice.
 */
import type { App } from '../../define/index.ts';
import type { AggregateRuntime } from '../aggregate-runtime.ts';
import type { Generations } from '../generations/generations.ts';
import type { Log, Runtime } from '../runtime.ts';
import type { Store } from '../store.ts';
import type { Submitter } from '../submit.ts';
import { auditClaims } from './claims.ts';
import { auditCursors } from './cursors.ts';
import { auditInvariants } from './invariants.ts';

/** What an audit is made with. */
export interface AuditTools {
  readonly app: App;
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly submitter: Submitter;
  /** By command. */
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
  readonly generations: Generations;
  /** How long a target keeps its answer to a command of an audit, in milliseconds. */
  readonly answerTtlMs: number;
  /** Named in the records of what it has done: new with every audit. */
  readonly auditId: string;
}

export interface AuditOptions {
  /** Whether what does not hold is mended, or only told. */
  readonly mends: boolean;
  /** Actors looked at in a second, at most. */
  readonly actorsPerSecond: number;
  readonly signal: AbortSignal;
  /** Told after each page of actors: how many there were. */
  readonly onProgress: (actors: number) => void;
  readonly onFinding: (finding: Finding) => void;
}

/** Something that does not hold. */
export interface Finding {
  /** An invariant of the app, or what the engine itself holds. */
  readonly rule: string;
  /** Whom it was found at: an actor, `type:id`, or a cursor. */
  readonly at: string;
  /** In words. */
  readonly what: string;
  /**
   * `told`: nothing was done; `mended`; `held`: by now it does; `failed`: it could not be mended,
   * see `what`.
   */
  readonly mending: 'told' | 'mended' | 'held' | 'failed';
}

/** What an audit came to. */
export interface AuditResult {
  /** Actors looked at. */
  readonly actors: number;
  /** It was ended before it had looked at all. */
  readonly isCut: boolean;
}

/**
 * Audits the whole store once.
 * @throws StoreUnavailable, and what an invariant of the app throws
 */
export async function audit(tools: AuditTools, options: AuditOptions): Promise<AuditResult> {
  await auditCursors(tools, options);
  let actors = 0;
  for (const { type } of tools.app.aggregates.values()) {
    for await (const ids of idsOf(tools, type, options)) {
      await auditClaims(tools, options, type, ids);
      await auditInvariants(tools, options, type, ids);
      actors += ids.length;
      options.onProgress(actors);
    }
  }
  return { actors, isCut: options.signal.aborted };
}

const IDS_PAGE = 200;

/** All actors of a type, page by page, no faster than asked. */
async function* idsOf(
  { store, runtime }: AuditTools,
  type: string,
  { actorsPerSecond, signal }: AuditOptions,
): AsyncGenerator<readonly string[]> {
  let cursor: string | null = null;
  do {
    const begunAt = runtime.monotonic();
    const limit = Math.max(1, Math.min(IDS_PAGE, actorsPerSecond));
    const page: Awaited<ReturnType<Store['owners']>> = await store.owners(type, cursor, limit);
    if (page.ids.length > 0) yield page.ids;
    cursor = page.next;
    const dueMs = (page.ids.length / actorsPerSecond) * 1_000;
    const leftMs = dueMs - (runtime.monotonic() - begunAt);
    if (cursor !== null && leftMs > 0) await runtime.sleep(leftMs, signal);
  } while (cursor !== null && !signal.aborted);
}
