/** Step two of a command's way: what is read before it is executed, in one round trip. */
import type { Address } from './address.ts';
import { FactPlan, type FactSlot, typeForCommands } from './facts.ts';
import type { Message } from './message.ts';
import type { ActorRow, FetchReply, FetchRequest, PointerRequest } from './store.ts';

/** What a turn reads. `slots` and `pointers` go message by message. */
export interface FetchPlan {
  readonly request: FetchRequest;
  readonly slots: readonly (readonly FactSlot[])[];
  /** The index of the message's pointer in the request; -1 for none. */
  readonly pointers: readonly number[];
}

/** What a turn read. */
export interface Fetched {
  readonly plan: FetchPlan;
  readonly reply: FetchReply;
}

/** The reply to no reads. */
export const NOTHING: FetchReply = { pointers: [], actor: null, views: [], entries: [], sizes: [] };

/** A row for an actor that nothing was ever written about. */
export const NO_ACTOR: ActorRow = { lastTurn: null, recent: [], recentIsAll: true, state: null };

/**
 * Plans the reads of a turn.
 * @param isCached whether the actor's state is at hand and need not be read
 */
export function planFetch(
  target: Address,
  isCached: boolean,
  messages: readonly Message[],
  pointerTtlMs: number,
): FetchPlan {
  const plan = new FactPlan(target, typeForCommands);
  const pointers: PointerRequest[] = [];
  const slots = messages.map((message) => plan.add(message.facts));
  const pointerIndexes = messages.map(({ pointer }) =>
    pointer ? pointers.push({ ...pointer, ttlMs: pointerTtlMs }) - 1 : -1,
  );
  const { views, entries, sizes } = plan;
  const actor = isCached ? null : target;
  return { request: { pointers, actor, views, entries, sizes }, slots, pointers: pointerIndexes };
}

/** Whether a plan has nothing to read. */
export function isNothing({ request }: FetchPlan): boolean {
  const { pointers, actor, views, entries, sizes } = request;
  const reads = pointers.length + views.length + entries.length + sizes.length;
  return actor === null && reads === 0;
}
