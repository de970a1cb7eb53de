import { partitionOf } from './address.ts';
import { type Message, mailboxKey } from './message.ts';
import type { Outcome } from './outcome.ts';
import { type CommitRecord, type Decision, outcomeOf, parseRecord } from './record.ts';
import type { Store } from './store.ts';

/** Records read at once. */
const PAGE_RECORDS = 100;

/**
 * What became of a command whose kept reply may have expired: its outcome, as the record in its
 * target's trail tells it; `null` when it wrote none, so that running it is the first effect.
 *
 * The trail is read newest first. Records stand in the order of their commits and bear the time
 * their command was taken, hence ends the search: with a whole page of commands taken before. One
 * such record says nothing, since a command can be run long after it was taken.
 * @param lateMsMax how long after it was taken a command is commonly committed at most
 * @throws StoreUnavailable
 */
export async function recall(
  store: Store,
  message: Message,
  lateMsMax: number,
): Promise<Outcome | null> {
  return (await recallAfter(store, message, lateMsMax, 0)).outcome;
}

/**
 * The same among the records after a position.
 * @returns also where the newest record stood when it was looked at, to look on from there
 * @throws StoreUnavailable
 */
export async function recallAfter(
  store: Store,
  message: Message,
  lateMsMax: number,
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
      isBefore &&= Date.parse(record.at) < identity.at - lateMsMax;
    }
    if (page.next === null || isBefore) return { outcome: null, head };
    from = page.next;
  }
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
