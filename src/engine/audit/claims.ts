import { decodeHeld } from '../actor-state.ts';
import { actorKey, parseActorKey } from '../address.ts';
import type { Claim, Store } from '../store.ts';
import type { AuditOptions, AuditTools, Finding } from './audit.ts';

/** Actors whose claims are looked at together. */
const TOGETHER = 16;

/**
 * What an actor holds lies beside its snapshot, and the claim itself in the partition of its value.
 * Where that partition has lost it, another could take the value: it is taken again for its holder.
 * Two who hold one value are told: which of them keeps it is not for a machine to say.
 */
export async function auditClaims(
  { store }: AuditTools,
  { mends, onFinding }: AuditOptions,
  type: string,
  ids: readonly string[],
): Promise<void> {
  for (let from = 0; from < ids.length; from += TOGETHER) {
    await Promise.all(ids.slice(from, from + TOGETHER).map((id) => auditActor(id)));
  }

  async function auditActor(id: string): Promise<void> {
    const actor = { type, id };
    const holder = actorKey(actor);
    for (const [claim, token] of Object.entries(await heldBy(store, actor))) {
      const mine = { holder, token };
      // To replace it by itself tells what it is.
      const reply = await store.swapClaim(claim, mine, mine);
      if (reply.kind === 'swapped') continue;
      const found = await mend(claim, mine, reply.current);
      onFinding({ rule: 'claims-of-their-holders', at: holder, ...found });
    }
  }

  async function mend(
    claim: string,
    mine: Claim,
    current: Claim | null,
  ): Promise<Pick<Finding, 'what' | 'mending'>> {
    const other = current && current.holder !== mine.holder ? parseActorKey(current.holder) : null;
    if (other && Object.hasOwn(await heldBy(store, other), claim)) {
      return { what: `${actorKey(other)} holds ${claim} too`, mending: 'failed' };
    }
    const what = other
      ? `${claim} was taken by ${actorKey(other)}, which does not hold it`
      : `${claim} is lost`;
    if (!mends) return { what, mending: 'told' };
    const actor = parseActorKey(mine.holder);
    // Given up since, or taken anew by a turn of its own: that is right as it is.
    const isStill = actor && (await heldBy(store, actor))[claim] === mine.token;
    if (!isStill) return { what, mending: 'held' };
    const reply = await store.swapClaim(claim, current, mine);
    return { what, mending: reply.kind === 'swapped' ? 'mended' : 'held' };
  }
}

/** What an actor holds, as it is committed: claim → token. */
async function heldBy(
  store: Store,
  actor: { type: string; id: string },
): Promise<Readonly<Record<string, string>>> {
  const reply = await store.fetch({ pointers: [], actor, views: [], entries: [], sizes: [] });
  const state = reply.actor?.state ?? null;
  return state === null ? {} : decodeHeld(state);
}
