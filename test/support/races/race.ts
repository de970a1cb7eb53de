import type { Prepared } from './prepared.ts';
import type { Ask, Rules } from './rules.ts';

/** What happened before a race, at rest. */
export interface Before {
  readonly content: readonly (readonly [key: string, value: string])[];
  readonly rules: Rules;
  readonly asked: number;
}

export interface Race {
  readonly prepared: Prepared;
  readonly partitions: number;
  readonly before: Before | null;
  /** Clients, each with commands one after another, and whether it has a node of its own. */
  readonly clients: readonly { readonly asks: readonly Ask[]; readonly isApart: boolean }[];
  /**
   * What may become of a node that does background work, once: `dies`: it is gone, whatever it was
   * at; `stalls`: its lease is taken over, and it goes on nevertheless.
   */
  readonly fate: 'dies' | 'stalls' | null;
  /** The partitions whose nodes may meet it. */
  readonly mortal: readonly number[];
  /** Whether accounts keep their answers to the policies' commands. */
  readonly keepsAnswers: boolean;
  /** Whether a fetch reads all partitions at one moment, which no store of several promises. */
  readonly readsAtOnce: boolean;
  /** Whether orders are left out that come to the same as others. */
  readonly leavesOut: boolean;
}
