import type { CollectionDefinition, Entry, Fact } from './facts.ts';

/** One page of a collection as a policy's fact, newest first. */
export interface FactPage<Value = unknown> {
  readonly items: readonly Entry<Value>[];
  /** What the next page comes after; `null` on the last page. */
  readonly next: PagePlace | null;
}

/** A place in a collection: plain data, to be kept in a machine's context. */
export interface PagePlace {
  readonly since: string;
  readonly key: string;
}

/**
 * Something a policy needs to know: all that a command may, and what takes longer than a command
 * may wait.
 */
export type PolicyFact<T = unknown> = (
  | Fact
  | {
      readonly kind: 'page';
      readonly collection: CollectionDefinition;
      readonly id: string;
      readonly limit: number;
      readonly after: PagePlace | null;
    }
  | { readonly kind: 'heads' }
  | { readonly kind: 'passed'; readonly projection: string; readonly heads: readonly number[] }
) & { readonly __result?: T };

/** Policy facts by the names that the machine knows them by. */
export type PolicyFactMap = Readonly<Record<string, PolicyFact>>;

/** What a policy may ask for: a fact that is `undefined` for this message is not fetched. */
export type PolicyFactsAsked = Readonly<Record<string, PolicyFact | undefined>>;

/** The facts as the machine sees them. */
export type ResolvedPolicyFacts<Facts> = {
  readonly [Name in keyof Facts]: FactResult<Facts[Name]>;
};

type FactResult<Asked> = Asked extends { readonly __result?: infer T }
  ? Exclude<T, undefined>
  : undefined;

/** A page of a collection; `after` need not be there any more. */
export function page<Value>(
  collection: CollectionDefinition<Value>,
  id: string,
  { limit, after }: { limit: number; after: PagePlace | null },
): PolicyFact<FactPage<Value>> {
  return { kind: 'page', collection, id, limit, after };
}

/** How far the feed of every partition goes now. */
export function heads(): PolicyFact<readonly number[]> {
  return { kind: 'heads' };
}

/** Whether a projection has passed all of these heads. */
export function passed(projection: string, heads: readonly number[]): PolicyFact<boolean> {
  return { kind: 'passed', projection, heads };
}
