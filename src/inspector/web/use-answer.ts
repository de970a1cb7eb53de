import { useCallback, useEffect, useState } from 'react';
import { Problem, read } from './api.ts';
import { isWatched, useReturn } from './live.ts';

/** What became of a request: an older answer stays while a newer one is awaited. */
export interface Answer<T> {
  readonly value: T | null;
  readonly problem: Problem | null;
  readonly isLoading: boolean;
  /** Asks again. */
  readonly again: () => void;
}

/** What is known of one path. */
interface Known<T> extends Omit<Answer<T>, 'again'> {
  readonly path: string | null;
}

function awaited<T>(path: string | null): Known<T> {
  return { path, value: null, problem: null, isLoading: path !== null };
}

/**
 * Asks under the inspector's routes, anew whenever the path changes, and when the server or whoever
 * looks was away; `null`: nothing. Neither an answer nor a problem outlives its path.
 * @param everyMs asks again so long after each answer, while the page is seen; 0: not by itself
 */
export function useAnswer<T>(path: string | null, everyMs = 0): Answer<T> {
  const [state, setState] = useState(() => awaited<T>(path));
  const [count, setCount] = useState(0);
  const again = useCallback(() => setCount((before) => before + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: count has it asked again
  useEffect(() => {
    if (path === null) return;
    const ending = new AbortController();
    const { signal } = ending;
    setState((before) =>
      before.path === path ? { ...before, isLoading: true } : awaited<T>(path),
    );
    read<T>(path, signal).then(
      (value) => {
        if (!signal.aborted) setState({ path, value, problem: null, isLoading: false });
      },
      (error: unknown) => {
        if (signal.aborted) return;
        const problem =
          error instanceof Problem ? error : new Problem(0, 'unknown', 'The page has a fault');
        setState((before) => ({ ...before, problem, isLoading: false }));
      },
    );
    return () => ending.abort();
  }, [path, count]);

  const known = state.path === path ? state : awaited<T>(path);
  const { value, problem, isLoading } = known;
  useEffect(() => {
    // Not while one is awaited: what takes longer than the pause would be cut off each time.
    if (everyMs === 0 || path === null || isLoading) return;
    const timer = setInterval(() => {
      if (isWatched()) again();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, path, isLoading, again]);

  useReturn(again);
  return { value, problem, isLoading, again };
}
