import type { EffectCall } from '../../../src/define/index.ts';
import type { Ringing } from '../apps/watch.ts';
import type { Random } from '../world/random.ts';
import type { Party, Scheduler } from '../world/scheduler.ts';

/** What travels belongs to nobody who can stand still or die. */
const NETWORK: Party = { isDead: false, stillUntil: 0 };
/** Now and then an answer takes longer than the effect waits. */
const SLOW_MS_MAX = 3_000;

/** One ringing, as the bell was asked for it. */
export interface Rung extends Ringing {
  readonly key: string;
}

/** A bell in the world outside: it rings once for each idempotency key, and writes down who asks. */
export class Bell {
  readonly asked: Rung[] = [];
  failsOften = false;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
  ) {}

  /** Asked by a node. */
  ring(node: Party, { input, idempotencyKey: key }: EffectCall<Ringing>): Promise<string> {
    const fails = this.failsOften && this.random.chance(0.25);
    const msMax = this.failsOften && this.random.chance(0.1) ? SLOW_MS_MAX : 20;
    return new Promise((resolve, reject) => {
      this.scheduler.after(this.random.next() * msMax, NETWORK, () => {
        this.asked.push({ ...input, key });
        this.scheduler.after(this.random.next() * msMax, node, () => {
          if (fails) reject(new Error('the bell is stuck'));
          else resolve(`receipt ${key}`);
        });
      });
    });
  }
}
