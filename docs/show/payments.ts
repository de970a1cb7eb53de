import type { EffectCall } from '../../src/define/index.ts';

/** Whom money is asked for, and what for. */
export interface Payment {
  readonly guestId: string;
  readonly reservationId: string;
}

/** What a provider of payments does: each once for one reservation, however often it is asked. */
export interface Payments {
  charge(call: EffectCall<Payment>): Promise<{ readonly receipt: string }>;
  /** Gives back what was charged, if anything was. */
  refund(call: EffectCall<Payment>): Promise<null>;
}

/** Stands in for a provider: it takes every card but that of `broke`. */
export const payments: Payments = {
  charge: async ({ input, idempotencyKey }) => {
    if (input.guestId === 'broke') throw new Error('The card was declined');
    return { receipt: idempotencyKey };
  },
  refund: async () => null,
};
