import { type ActorKey, partitionOf } from '../../engine/address.ts';
import type { Claim, SwapReply, TurnId } from '../../engine/store.ts';
import { readActor, recordsOf, withTurn, writeActor } from './actor.ts';
import type { Decision, Reader } from './backing.ts';
import { readHead } from './feed.ts';
import { keys } from './keys.ts';

type StoredClaim = readonly [holder: ActorKey, token: string];

/** Replaces a claim that is as expected. */
export function decideSwap(
  reader: Reader,
  claim: string,
  expected: Claim | null,
  next: Claim | null,
): Decision<SwapReply> {
  const key = keys.claim(claim);
  const current = readClaim(reader.get(key));
  const isExpected = current?.holder === expected?.holder && current?.token === expected?.token;
  if (!isExpected) return { reply: { kind: 'other', current }, writes: [] };
  const stored: StoredClaim | null = next === null ? null : [next.holder, next.token];
  return {
    reply: { kind: 'swapped' },
    writes: [[key, stored === null ? null : JSON.stringify(stored)]],
  };
}

function readClaim(stored: string | null): Claim | null {
  if (stored === null) return null;
  const [holder, token]: StoredClaim = JSON.parse(stored);
  return { holder, token };
}

/** Makes `fence` the last turn of a holder that does not hold the claim. */
export function decideFence(
  reader: Reader,
  holder: ActorKey,
  claim: string,
  fence: TurnId,
  partitions: number,
): Decision<'held' | 'fenced'> {
  const key = keys.actor(holder);
  const actor = readActor(reader.get(key));
  if (Object.hasOwn(actor.held, claim)) return { reply: 'held', writes: [] };
  const isKnown = actor.recent.some(({ turnId }) => turnId === fence);
  if (isKnown) return { reply: 'fenced', writes: [] };
  const position = readHead(reader, partitionOf(holder, partitions));
  const fenced = withTurn(actor, { turnId: fence, position, records: recordsOf(actor) });
  return { reply: 'fenced', writes: [[key, writeActor(holder, fenced)]] };
}
