/** Step four of a command's way: one atomic commit. */
import { type ActorState, encodeState } from './actor-state.ts';
import { actorKey } from './address.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import type { TurnClaims } from './claims.ts';
import type { Execution, Result } from './execute.ts';
import { failed, type Message } from './message.ts';
import type { TryStore } from './patience.ts';
import type { Log } from './runtime.ts';
import {
  type Commit,
  type CommitReply,
  isCheck,
  type NewReply,
  type Store,
  StoreUnavailable,
  type TurnId,
} from './store.ts';

/** Puts a turn's commit together. */
export function commitOf(
  aggregate: AggregateRuntime,
  before: ActorState,
  turnId: TurnId,
  messages: readonly Message[],
  execution: Execution,
  claims: TurnClaims,
  replyTtlMs: number,
): Commit {
  const { state, records, results } = execution;
  const changed = state.version !== before.version;
  // Written also when nothing else is: giving claims back is safe only after a turn of its own.
  const writesHeld = state.held !== before.held || claims.hasSurplus(state);
  return {
    actor: state.address,
    turnId,
    expected: before.lastTurn,
    state: changed ? encodeState(aggregate, state) : null,
    view: state.viewText === before.viewText ? null : state.viewText,
    held: writesHeld ? state.held : null,
    records,
    recordCount: state.records,
    entries: execution.workspace.entries(),
    replies: results.flatMap((result, index) => {
      const message = messages[index];
      const reply = message && replyOf(message, result, message.keepMs ?? replyTtlMs);
      return reply ? [reply] : [];
    }),
  };
}

/** The reply to keep with the target; `null` for none. */
function replyOf(message: Message, result: Result, ttlMs: number): NewReply | null {
  if (message.keep === 'nothing') return null;
  const { commandId } = message.identity;
  if (result.kind === 'decided') {
    return { commandId, body: JSON.stringify(result.decision), record: result.record, ttlMs };
  }
  if (message.keep === 'decisions' || result.error !== undefined) return null;
  const body = JSON.stringify(failed(message, result.failure));
  return { commandId, body, record: null, ttlMs };
}

/**
 * Sends the commit. A lost reply is not guessed at: the same turn is sent again, and the store
 * finds its id among the actor's last ones, if it was committed.
 * @throws StoreUnavailable also where it can no longer be told whether the turn committed
 */
export async function save(
  { store, log }: { readonly store: Store; readonly log: Log },
  commit: Commit,
  tryStore: TryStore,
): Promise<CommitReply> {
  let replyWasLost = false;
  const canTell = () => !replyWasLost || isCheck(commit);
  try {
    const reply = await tryStore(
      () => store.commit(commit),
      (error) => {
        replyWasLost ||= error.applied === 'unknown';
      },
    );
    if (reply.kind !== 'conflict' || canTell() || certainlyNotCommitted(commit, reply)) {
      return reply;
    }
  } catch (error) {
    if (canTell() || error instanceof StoreUnavailable) throw error;
    const { actor } = commit;
    log.error({ err: error, actor: actorKey(actor) }, 'the store failed after a lost reply');
    // Not a fault after which the messages may run anew: the lost commit may have worked.
    throw new StoreUnavailable('the store failed after a lost reply', 'unknown', { cause: error });
  }
  throw new StoreUnavailable('it cannot be told any more whether the turn committed', 'unknown');
}

/**
 * After a lost reply and then a conflict: whether the turn certainly did not commit. Its id is
 * not among the recent turns (else the store had said so); so it did not, if all turns since the
 * fetch are still listed. `false`: it can no longer be told.
 */
function certainlyNotCommitted(
  commit: Commit,
  reply: Extract<CommitReply, { kind: 'conflict' }>,
): boolean {
  const { recent, recentIsAll } = reply.actor;
  return recentIsAll || recent.some(({ turnId }) => turnId === commit.expected);
}
