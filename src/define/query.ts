import type { z } from 'zod';
import { callerFile } from './caller.ts';
import type { CollectionDefinition, Entry, Fact, FactMap, Resolved } from './facts.ts';
import type { PagePlace } from './policy-facts.ts';
import type { RankedModel } from './projection.ts';

/** One page of a collection, newest first; `next` is opaque, absent on the last page. */
export interface Page<Value> {
  readonly items: readonly Entry<Value>[];
  readonly next: string | null;
}

/** An owner of a read model, and how many entries it has. */
export interface Ranked {
  readonly id: string;
  readonly size: number;
}

/** What a query may read. What gives a promise is one round trip. */
export interface Reader {
  /** Views, entries and sizes of any actors. */
  facts<Facts extends FactMap>(facts: Facts): Promise<Resolved<Facts>>;
  /** Facts of one kind, in the order asked for. */
  each<T>(facts: readonly Fact<T>[]): Promise<readonly T[]>;
  /**
   * A page of a collection, which begins behind the page that gave `cursor` as its `next` (`null`:
   * at the newest entry), or behind a place where no entry need be.
   * @throws BadCursorError when the cursor was not made by this collection
   */
  page<Value>(
    collection: CollectionDefinition<Value>,
    id: string,
    page: { limit: number; cursor: string | null } | { limit: number; after: PagePlace },
  ): Promise<Page<Value>>;
  /** The owners with most entries: those with most first, then by id. One without is not there. */
  ranking(model: RankedModel, limit: number): Promise<readonly Ranked[]>;
  /**
   * What `read` gave at most `ageMsMax` milliseconds ago, under that name: for what is too much to be
   * read for each answer. It shows writes as much later, also where an answer is to wait for them.
   */
  recent<T>(name: string, ageMsMax: number, read: (reader: Reader) => Promise<T>): Promise<T>;
  /**
   * A page of entries that the query found itself, as {@link Reader.page} would give it.
   * @param listing names what is paged through: a cursor of another is refused
   * @throws BadCursorError when the cursor was not made by this listing
   */
  paged<Value>(
    listing: string,
    entries: readonly Entry<Value>[],
    page: { limit: number; cursor: string | null },
  ): Page<Value>;
}

/** Thrown for a cursor that no page of the collection gave out. */
export class BadCursorError extends Error {
  override readonly name = 'BadCursorError';
}

interface QuerySpec<Params extends z.ZodType, Search extends z.ZodType, Result extends z.ZodType> {
  /** Unique in the app; the operation's name in the API. */
  name: string;
  summary: string;
  /** The path under the server's root, parameters in braces: `/v1/orders/{id}`. */
  route: `/v1/${string}`;
  params: Params;
  search: Search;
  result: Result;
  /** Reads the answer; `null` when what the route names does not exist. */
  run: (
    input: { params: z.output<Params>; search: z.output<Search> },
    reader: Reader,
  ) => Promise<z.input<Result> | null>;
}

/** A query: a typed read, from which its route and its part of the OpenAPI document follow. */
export interface QueryDefinition {
  readonly kind: 'query';
  readonly name: string;
  readonly summary: string;
  readonly route: string;
  readonly params: z.ZodType;
  readonly search: z.ZodType;
  readonly result: z.ZodType;
  readonly run: (input: { params: unknown; search: unknown }, reader: Reader) => Promise<unknown>;
  readonly file: string;
}

/** Declares a query. */
export function defineQuery<
  Params extends z.ZodType,
  Search extends z.ZodType,
  Result extends z.ZodType,
>(spec: QuerySpec<Params, Search, Result>): QueryDefinition {
  return {
    ...spec,
    kind: 'query',
    // The engine hands over what the schemas above parsed.
    run: spec.run as QueryDefinition['run'],
    file: callerFile(defineQuery),
  };
}
