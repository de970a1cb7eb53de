import type { RedisView } from '../support/redis-view.ts';
import { type Fleet, type Member, until } from './fleet.ts';
import type { GraphSenders } from './graph-load.ts';
import { oneOf, randomFrom } from './seed.ts';

const KINDS = ['kill', 'kill', 'freeze', 'stall', 'term'] as const;

/** What befalls one node. */
export interface Mishap {
  /** So many answers after the one before. */
  readonly after: number;
  readonly node: number;
  /**
   * `kill`: as by -9, and started again; `freeze`: stopped until others have all its leases;
   * `stall`: stopped for a while; `term`: asked to end, and started again.
   */
  readonly kind: (typeof KINDS)[number];
}

const APART_MIN = 20;
const APART_MAX = 300;
const STALLED_ANSWERS = 60;
const TAKEN_OVER_WITHIN_MS = 30_000;
/** So many nodes are beset at once, at most. */
const BESET_MAX = 2;

/** The same for the same seed; each kind is among them if there are enough. */
export function mishapsOf(seed: number, count: number, nodes: number): Mishap[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, number) => ({
    after: APART_MIN + Math.floor(random() * (APART_MAX - APART_MIN)),
    node: Math.floor(random() * nodes),
    kind: KINDS[number] ?? oneOf(random, KINDS),
  }));
}

/** Brings mishaps upon nodes under load. Resolves when all of them serve again. */
export async function befall(
  { fleet, view, senders }: { fleet: Fleet; view: RedisView; senders: GraphSenders },
  mishaps: readonly Mishap[],
): Promise<void> {
  const beset = new Map<Member, Promise<void>>();
  for (const { after, node, kind } of mishaps) {
    await senders.more(after);
    const member = fleet.member(node);
    await beset.get(member);
    while (beset.size >= BESET_MAX) await Promise.race(beset.values());
    const over = happen({ fleet, view, senders }, member, kind).finally(() => {
      beset.delete(member);
    });
    // Thrown where it is waited for, at the latest at the end.
    over.catch(() => {});
    beset.set(member, over);
  }
  await Promise.all(beset.values());
}

async function happen(
  { fleet, view, senders }: { fleet: Fleet; view: RedisView; senders: GraphSenders },
  member: Member,
  kind: Mishap['kind'],
): Promise<void> {
  const { process, name } = member;
  switch (kind) {
    case 'kill':
      await process.kill9();
      return fleet.begin(member);
    case 'term': {
      const exit = await process.terminate();
      if (exit !== 0) throw new Error(`a node ended with ${exit}: ${process.log}`);
      return fleet.begin(member);
    }
    case 'freeze':
      process.freeze();
      await until('others take over', TAKEN_OVER_WITHIN_MS, async () => {
        return !(await view.holders()).includes(name);
      });
      return process.thaw();
    case 'stall':
      process.freeze();
      await senders.more(STALLED_ANSWERS);
      return process.thaw();
  }
}
