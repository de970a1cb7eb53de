import type { EntryStatuses } from './body.ts';
import type { Operation } from './contract.ts';
import type { FuzzRequest } from './request.ts';

/** The contract's order of checks: of several faults the first one is answered. */
const CHECKS = [
  'http',
  'credentials',
  'route',
  'headers',
  'size',
  'media type',
  'json',
  'schema',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** What a request is to be answered. */
export interface Expected {
  readonly method: string;
  /** `null`: no route that the contract names. */
  readonly operation: Operation | null;
  /** `null`: any that is no fault of the server. */
  readonly statuses: ReadonlySet<number> | null;
  /** Of the entries of a batch that runs, in their order. */
  readonly entries: readonly EntryStatuses[] | null;
}

/** A request and what it is to be answered. */
export interface Shot {
  readonly request: FuzzRequest;
  readonly expected: Expected;
}

/** Gathers what is wrong with a request while it is built. */
export class Aim {
  readonly #faults = new Map<CheckName, readonly number[]>();
  readonly #also = new Set<number>();
  #isOpen = false;

  /** There is a fault that this check finds, and answers with one of these. */
  fault(check: CheckName, ...statuses: readonly number[]): void {
    if (!this.#faults.has(check)) this.#faults.set(check, statuses);
  }

  /** Beside what else is expected once the route is found. */
  also(...statuses: readonly number[]): void {
    for (const status of statuses) this.#also.add(status);
  }

  /** Nothing can be said of the answer. */
  open(): void {
    this.#isOpen = true;
  }

  /** Whether it may be that no route is meant. */
  get isLost(): boolean {
    return this.#isOpen || this.#faults.has('route');
  }

  get isFaultless(): boolean {
    return this.#faults.size === 0 && !this.#isOpen;
  }

  /** @param otherwise the statuses where nothing is wrong */
  statuses(...otherwise: readonly number[]): ReadonlySet<number> | null {
    if (this.#isOpen) return null;
    const first = CHECKS.find((check) => this.#faults.has(check));
    if (first === 'http' || first === 'credentials') return new Set(this.#faults.get(first));
    const found = first === undefined ? otherwise : (this.#faults.get(first) ?? []);
    return new Set([...found, ...this.#also]);
  }
}
