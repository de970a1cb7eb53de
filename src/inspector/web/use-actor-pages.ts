import { useCallback, useEffect, useRef, useState } from 'react';
import type { ActorPage, ActorRow } from '../protocol.ts';
import { Problem, read } from './api.ts';
import { isWatched, useReturn } from './live.ts';

/** Rows of a page. */
const PAGE_ROWS = 50;
const EVERY_MS = 2_000;
/** The same while nothing was found yet, and the index is being made. */
const EVERY_MS_AT_FIRST = 250;

/** Actors as far as they were read, page after page. */
export interface ActorPages {
  /** The first page as it was last told, with what stands on it beside its rows; `null`: not yet. */
  readonly first: ActorPage | null;
  readonly rows: readonly ActorRow[];
  readonly hasMore: boolean;
  readonly problem: Problem | null;
  /** Reads one page more, unless one is being read. */
  readonly more: () => void;
  readonly again: () => void;
}

interface Read {
  readonly q: string;
  readonly first: ActorPage | null;
  readonly rows: readonly ActorRow[];
  readonly next: string | null;
  readonly problem: Problem | null;
}

const nothing = (q: string): Read => ({ q, first: null, rows: [], next: null, problem: null });

/**
 * Reads what a query finds, and the first page anew every other second: while nobody has gone further,
 * so that rows do not move away from under the eyes.
 * @param isHeld nor do they from under a pointer, or from who is in them by keyboard
 */
export function useActorPages(q: string, isHeld: boolean): ActorPages {
  const [state, setState] = useState<Read>(() => nothing(q));
  const reading = useRef<{ ending: AbortController; isMore: boolean } | null>(null);
  const latest = useRef(state);
  latest.current = state;
  const held = useRef(isHeld);
  held.current = isHeld;

  const load = useCallback((cursor: string | null, query: string) => {
    const isMore = cursor !== null;
    // Who goes further does not wait for the first page to be read anew.
    if (isMore && reading.current?.isMore) return;
    reading.current?.ending.abort();
    const ending = new AbortController();
    const own = { ending, isMore };
    reading.current = own;
    const search = new URLSearchParams({ q: query, limit: String(PAGE_ROWS) });
    if (cursor !== null) search.set('cursor', cursor);
    read<ActorPage>(`/actors?${search}`, ending.signal)
      .then(
        (page) => {
          if (!ending.signal.aborted)
            setState((before) => withPage(before, query, page, cursor, held.current));
        },
        (error: unknown) => {
          if (ending.signal.aborted) return;
          const problem =
            error instanceof Problem ? error : new Problem(0, 'unknown', 'The page has a fault');
          setState((before) => ({ ...(before.q === query ? before : nothing(query)), problem }));
        },
      )
      .finally(() => {
        if (reading.current === own) reading.current = null;
      });
  }, []);

  useEffect(() => {
    load(null, q);
    return () => {
      reading.current?.ending.abort();
      reading.current = null;
    };
  }, [q, load]);

  const everyMs = isStillEmpty(state, q) ? EVERY_MS_AT_FIRST : EVERY_MS;
  useEffect(() => {
    const timer = setInterval(() => {
      if (isWatched() && !reading.current) load(null, q);
    }, everyMs);
    return () => clearInterval(timer);
  }, [q, load, everyMs]);

  const more = useCallback(() => {
    const { next, q: query } = latest.current;
    if (next !== null) load(next, query);
  }, [load]);
  const again = useCallback(() => load(null, q), [load, q]);
  useReturn(again);

  const shown = state.q === q ? state : nothing(q);
  const { first, rows, next, problem } = shown;
  return { first, rows, hasMore: next !== null, problem, more, again };
}

function isStillEmpty({ q: of, first, rows }: Read, q: string): boolean {
  if (of !== q || first === null || rows.length > 0) return false;
  return first.index.lag > 0 || first.index.isBeginning;
}

function withPage(
  before: Read,
  q: string,
  page: ActorPage,
  cursor: string | null,
  isHeld: boolean,
): Read {
  const isSame = before.q === q;
  if (cursor !== null) {
    if (!isSame || before.next !== cursor) return before;
    const known = new Set(before.rows.map(keyOf));
    const rows = [...before.rows, ...page.items.filter((row) => !known.has(keyOf(row)))];
    return { ...before, rows, next: page.nextCursor, problem: null };
  }
  const wentFurther = isSame && before.rows.length > PAGE_ROWS;
  const stays = isHeld && isSame && before.rows.length > 0;
  if (wentFurther || stays) return { ...before, first: page, problem: null };
  return { q, first: page, rows: page.items, next: page.nextCursor, problem: null };
}

export function keyOf({ type, id }: ActorRow): string {
  return `${type}:${id}`;
}
