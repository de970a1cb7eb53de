import type { EffectCall } from '../../../src/define/index.ts';

/** What is asked of a bank. */
export interface Payment {
  readonly orderId: string;
  readonly amount: number;
}

/** One request, as the bank got it. */
export interface Asked extends Payment {
  readonly kind: 'charge' | 'refund';
  readonly key: string;
  readonly attempt: number;
}

/** A bank that remembers what it was asked, and moves money once for each idempotency key. */
export class Bank {
  readonly asked: Asked[] = [];
  readonly #moved = new Map<string, Asked>();
  /** The next so many requests of a kind fail. */
  readonly failures = { charge: 0, refund: 0 };
  /** What an answer waits for. */
  delay: () => Promise<void> = () => Promise.resolve();

  readonly charge = (call: EffectCall<Payment>): Promise<string> => this.#answer('charge', call);
  readonly refund = (call: EffectCall<Payment>): Promise<string> => this.#answer('refund', call);

  /** What it moved, in order: `charge 20`. */
  get moved(): string[] {
    return [...this.#moved.values()].map(({ kind, amount }) => `${kind} ${amount}`);
  }

  async #answer(kind: Asked['kind'], call: EffectCall<Payment>): Promise<string> {
    const { input, idempotencyKey: key, attempt } = call;
    const asked = { kind, ...input, key, attempt };
    this.asked.push(asked);
    await this.delay();
    if (this.failures[kind] > 0) {
      this.failures[kind]--;
      throw new Error(`the bank does not ${kind}`);
    }
    if (!this.#moved.has(key)) this.#moved.set(key, asked);
    return `receipt ${key}`;
  }
}
