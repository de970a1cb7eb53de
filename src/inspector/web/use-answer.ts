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

/**
 * Asks under the inspector's routes, anew whenever the path changes, and when the server or whoever
 * looks was away; `null`: nothing.
 * @param everyMs asks again so often while the page is seen; 0: not by itself
 */
export function useAnswer<T>(path: string | null, everyMs = 0): Answer<T> {
  return useRequest(path, read<T>, everyMs);
}

/** The same with another way to ask. `ask` must stay the same from draw to draw. */
export function useRequest<T>(
  path: string | null,
  ask: (path: string, signal: AbortSignal) => Promise<T>,
  everyMs = 0,
): Answer<T> {
  const [state, setState] = useState<Omit<Answer<T>, 'again'> & { path: string | null }>({
    path,
    value: null,
    problem: null,
    isLoading: path !== null,
  });
  const [count, setCount] = useState(0);
  const again = useCallback(() => setCount((before) => before + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: count has it asked again
  useEffect(() => {
    if (path === null) return;
    const ending = new AbortController();
    setState((before) => ({
      ...before,
      path,
      value: before.path === path ? before.value : null,
      isLoading: true,
    }));
    ask(path, ending.signal).then(
      (value) => setState({ path, value, problem: null, isLoading: false }),
      (error: unknown) => {
        if (ending.signal.aborted) return;
        const problem =
          error instanceof Problem ? error : new Problem(0, 'unknown', 'The page has a fault');
        setState((before) => ({ ...before, problem, isLoading: false }));
      },
    );
    return () => ending.abort();
  }, [path, ask, count]);

  useEffect(() => {
    if (everyMs === 0 || path === null) return;
    const timer = setInterval(() => {
      if (isWatched()) again();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, path, again]);

  useReturn(again);

  const { value, problem, isLoading } = state;
  return { value: state.path === path ? value : null, problem, isLoading, again };
}
