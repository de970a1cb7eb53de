import type { Fence, Lease } from '../../engine/work-store.ts';
import type { Calls } from './calls.ts';
import type { Keys } from './keys.ts';
import { integer, list, text, textOrNull } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

const SWAPPED = 1;

/** The living nodes, and who of them runs which partition's background work. */
export class Leases {
  constructor(
    private readonly calls: Calls,
    private readonly keys: Keys,
  ) {}

  async beat(node: string, ttlMs: number): Promise<readonly string[]> {
    const values = [node, String(ttlMs)];
    const nodes = await this.calls.script(SCRIPTS.beat, 'write', [this.keys.nodes()], values);
    return list(nodes).map(text).sort();
  }

  async leave(node: string): Promise<void> {
    const values = [node, this.keys.channel(0)];
    await this.calls.script(SCRIPTS.leave, 'write', [this.keys.nodes()], values);
  }

  async all(): Promise<readonly (Lease | null)[]> {
    const found = await this.calls.burst(
      'look',
      Array.from({ length: this.keys.partitions }, (_, partition) => [
        'hmget',
        this.keys.work(partition),
        'f',
        'n',
      ]),
    );
    return found.map((fields) => {
      const [fence, node] = list(fields);
      return leaseOf(fence, node);
    });
  }

  async swap(partition: number, expected: Fence | null, next: Lease): Promise<boolean> {
    const named = [this.keys.work(partition)];
    const values = [expected ?? '', next.fence, next.node ?? '', this.keys.channel(partition)];
    const reply = await this.calls.script(SCRIPTS.swapLease, 'write', named, values);
    return integer(reply) === SWAPPED;
  }
}

/** The lease from the fields `f` and `n` of a partition's work. */
export function leaseOf(fence: unknown, node: unknown): Lease | null {
  const stored = textOrNull(fence);
  return stored === null ? null : { node: textOrNull(node), fence: stored as Fence };
}
