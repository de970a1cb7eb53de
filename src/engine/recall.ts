import { actorKey, partitionOf } from './address.ts';
import { wasTrimmedBefore } from './feed/times.ts';
import { type Message, mailboxKey } from './message.ts';
import type { Outcome } from './outcome.ts';
import { type CommitRecord, type Decision, outcomeOf, parseRecord } from './record.ts';
import type { Store } from './store.ts';

/** Records read at once. */
const PAGE_RECORDS = 100;

/** How far the clocks of nodes may disagree where history was trimmed, in milliseconds. */
const TRIMMED_APART_MS_MAX = 60_000;

/** The trail was trimmed where a command would stand: whether it was run cannot be told any more. */
export class ForgottenHistory extends Error {
  override readonly name = 'ForgottenHistory';
}

/** When a command can have been run. */
export interface RecallTimes {
  /** Not before this, in ms since 1970. */
  readonly since: number;
  /** How long after its time a command is commonly committed at most, in milliseconds. */
  readonly lateMsMax: number;
}

/**
 * What became of a command whose kept reply may have expired: its outcome, as the record in its
 * target's trail tells it; `null` when it wrote none, so that running it is the first effect.
 *
 * The trail is read newest first. Records stand in the order of their commits and bear the time
 * their command was taken, hence ends the search: with a whole page of commands taken before. One
 * such record says nothing, since a command can be run long after it was taken.
 *
 * Where the trail was trimmed before the search could end, what is left of the feed next to that
 * must be older than the command can be; else nobody knows.
 * @throws StoreUnavailable, ForgottenHistory
 */
export async function recall(
  store: Store,
  message: Message,
  times: RecallTimes,
): Promise<Outcome | null> {
  return (await recallAfter(store, message, times, 0)).outcome;
}

/**
 * The same among the records after a position.
 * @returns also where the newest record stood when it was looked at, to look on from there
 * @throws StoreUnavailable, ForgottenHistory
 */
export async function recallAfter(
  store: Store,
  message: Message,
  times: RecallTimes,
  after: number,
): Promise<{ readonly outcome: Outcome | null; readonly head: number }> {
  const { target, identity } = message;
  let from: number | null = null;
  let head = after;
  for (;;) {
    const page = await store.trail(target, from, PAGE_RECORDS);
    let isBefore = true;
    for (const { position, body } of page.records) {
      head = Math.max(head, position);
      if (position <= after) return { outcome: null, head };
      const record = parseRecord(body);
      if (record.commandId === identity.commandId) {
        const partition = partitionOf(mailboxKey(message), store.partitions);
        const outcome = outcomeOf(decisionIn(record, message), partition, position, false);
        return { outcome, head };
      }
      isBefore &&= Date.parse(record.at) < identity.at - times.lateMsMax;
    }
    if (isBefore && page.records.length === PAGE_RECORDS) return { outcome: null, head };
    if (page.next === null) {
      if (page.isTrimmed) await assertNotForgotten(store, message, times.since, after);
      return { outcome: null, head };
    }
    from = page.next;
  }
}

/** @throws ForgottenHistory, StoreUnavailable */
async function assertNotForgotten(
  store: Store,
  message: Message,
  since: number,
  after: number,
): Promise<void> {
  const partition = partitionOf(mailboxKey(message), store.partitions);
  const found = await wasTrimmedBefore(store, partition, since, TRIMMED_APART_MS_MAX);
  if (found.isBefore || found.trimmed <= after) return;
  const { target, command } = message;
  throw new ForgottenHistory(
    `the history of ${actorKey(target)} was trimmed: whether this ${command.type} was run before ` +
      'cannot be told any more',
  );
}

/** The decision that a record holds. */
function decisionIn(record: CommitRecord, { aggregate, target }: Message): Decision {
  const { commandId, version, at, correlationId, events } = record;
  const decided = { commandId, actor: { ...target, version }, traceId: correlationId, at, events };
  for (const { type, data } of events) {
    const definition = aggregate.definition.events[type];
    // Whether it was a refusal is not to be guessed.
    if (!definition) throw new Error(`the event ${type} of a record is not declared any more`);
    if (definition.rejection) {
      const reason = String((data as { readonly reason?: unknown }).reason);
      return { status: 'rejected', reason, ...decided };
    }
  }
  return { status: 'accepted', ...decided };
}
