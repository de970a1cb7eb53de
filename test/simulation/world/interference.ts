import { z } from 'zod';
import { actorKey } from '../../../src/engine/address.ts';
import type { Store, TurnId } from '../../../src/engine/store.ts';
import type { Fence } from '../../../src/engine/work-store.ts';
import type { Method } from '../../support/faulty-store.ts';
import type { Random } from './random.ts';

/** Who writes what nobody reads. It holds nothing, and never lives. */
const GHOST = 'account:ghost';

const commit = z.looseObject({ actor: z.object({ type: z.string(), id: z.string() }) });
const step = z.looseObject({ partition: z.int() });

/** Has another writer come before a call, so that the call finds things otherwise than it expects. */
export async function interfere(
  store: Store,
  random: Random,
  method: Method,
  args: readonly unknown[],
): Promise<void> {
  const token = `ghost${random.below(2 ** 30)}`;
  switch (method) {
    case 'commit': {
      const { actor } = commit.parse(args[0]);
      await store.fenceClaim(actorKey(actor), `nobody/holds:${token}`, token as TurnId);
      return;
    }
    case 'step':
      return steal(store, step.parse(args[0]).partition, token);
    case 'swapLease':
      return steal(store, z.int().parse(args[0]), token);
    case 'swapClaim':
      return grab(store, z.string().parse(args[0]), token);
    default:
  }
}

/** Takes a partition's lease, as a node would that dies at once. */
export async function steal(store: Store, partition: number, token: string): Promise<void> {
  const lease = (await store.leases())[partition] ?? null;
  const count = lease === null ? 0 : Number.parseInt(lease.fence, 10);
  const next = { node: 'ghost', fence: `${count + 1}.${token}` as Fence };
  await store.swapLease(partition, lease?.fence ?? null, next);
}

/** Takes a claim that nobody has, as an actor would whose node dies at once. */
async function grab(store: Store, claim: string, token: string): Promise<void> {
  await store.swapClaim(claim, null, {
    holder: GHOST as Parameters<Store['fenceClaim']>[0],
    token,
  });
}
