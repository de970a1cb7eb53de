import type { Address } from '../../../src/engine/address.ts';
import {
  type Commit,
  type Store,
  StoreUnavailable,
  type TurnId,
} from '../../../src/engine/store.ts';

let drawn = 0;

export function newActor(): Address {
  drawn += 1;
  return { type: 'account', id: `a${drawn}` };
}

/** A turn that follows `expected`, with one record unless told otherwise. */
export function turn(
  actor: Address,
  expected: TurnId | null,
  writes: Partial<Commit> = {},
): Commit {
  drawn += 1;
  return {
    actor,
    turnId: `turn-${drawn}` as TurnId,
    expected,
    state: `{"n":${drawn}}`,
    view: null,
    held: null,
    records: [{ body: `{"n":${drawn}}`, snapshot: null }],
    recordCount: 1,
    entries: [],
    replies: [],
    ...writes,
  };
}

/** Reads the row of an actor. */
export function read(store: Store, actor: Address) {
  return store.fetch({ pointers: [], actor, views: [], entries: [], sizes: [] });
}

/** The position of the feed that an actor's next record follows. */
export async function head(store: Store, actor: Address): Promise<number> {
  const { actor: row } = await read(store, actor);
  const nothing = { state: null, records: [], recordCount: 0 };
  const reply = await store.commit(turn(actor, row?.lastTurn ?? null, nothing));
  if (reply.kind !== 'committed') throw new Error(`committed was expected, not ${reply.kind}`);
  return reply.position;
}

/** How a call failed for want of the store, and after how long. */
export async function unavailable(
  call: Promise<unknown>,
): Promise<{ applied: 'no' | 'unknown'; message: string; ms: number }> {
  const began = performance.now();
  try {
    await call;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return { applied: error.applied, message: error.message, ms: performance.now() - began };
  }
  throw new Error('the call did not fail');
}
