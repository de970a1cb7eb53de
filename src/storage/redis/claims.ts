import { type ActorKey, parseActorKey } from '../../engine/address.ts';
import type { Claim, SwapReply, TurnId } from '../../engine/store.ts';
import type { Calls } from './calls.ts';
import type { Keys } from './keys.ts';
import { integer, text } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

const HELD = 1;

export async function swapClaim(
  calls: Calls,
  keys: Keys,
  claim: string,
  expected: Claim | null,
  next: Claim | null,
): Promise<SwapReply> {
  const key = keys.claim(keys.partition(claim), claim);
  const values = [storedClaim(expected), storedClaim(next)];
  const reply = await calls.script(SCRIPTS.swapClaim, 'write', [key], values);
  if (typeof reply === 'number') return { kind: 'swapped' };
  return { kind: 'other', current: parseClaim(text(reply)) };
}

export async function fenceClaim(
  calls: Calls,
  keys: Keys,
  holder: ActorKey,
  claim: string,
  fence: TurnId,
): Promise<'held' | 'fenced'> {
  const partition = keys.partition(holder);
  const named = [keys.actor(partition, holder), keys.feed(partition)];
  const reply = await calls.script(SCRIPTS.fenceClaim, 'write', named, [claim, fence]);
  return integer(reply) === HELD ? 'held' : 'fenced';
}

function storedClaim(claim: Claim | null): string {
  return claim === null ? '' : JSON.stringify([claim.holder, claim.token]);
}

function parseClaim(stored: string): Claim | null {
  if (stored === '') return null;
  const parsed: unknown = JSON.parse(stored);
  if (Array.isArray(parsed)) {
    const [holder, token]: unknown[] = parsed;
    if (isActorKey(holder) && typeof token === 'string') return { holder, token };
  }
  throw new Error('a stored claim is not [holder, token]');
}

function isActorKey(value: unknown): value is ActorKey {
  return typeof value === 'string' && parseActorKey(value) !== null;
}
