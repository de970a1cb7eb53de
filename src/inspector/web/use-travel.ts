import { useCallback, useEffect, useRef, useState } from 'react';
import { HISTORY_STEPS_MAX, type HistoryStep } from '../protocol.ts';
import { Problem } from './api.ts';
import { type Extent, HistoryBook, type PlacedStep } from './history-book.ts';
import { useReturn } from './live.ts';

/** Where one is in an actor's history, and how to go elsewhere. */
export interface Travel {
  readonly extent: Extent | null;
  /** What is looked at: the newest step, unless another was chosen; `null` until it is found. */
  readonly chosen: PlacedStep | null;
  /** The steps around it, one page of them. */
  readonly page: { readonly number: number; readonly steps: readonly HistoryStep[] } | null;
  /** How many steps were passed so far on the way to one that is far; `null`: on no way. */
  readonly walked: number | null;
  readonly problem: Problem | null;
  readonly move: (to: Move) => void;
  readonly turnTo: (page: number) => void;
}

/** `by`: so many steps towards the newest, or back. */
export type Move =
  | { readonly by: number }
  | { readonly index: number }
  | { readonly to: 'oldest' | 'now' };

/**
 * Travels through the history of an actor.
 * @param path of its history
 * @param at position of the step that is looked at; `null`: always the newest
 * @param records how many steps the actor has by now
 * @param choose is told where one goes: to a step, or to the present
 */
export function useTravel(
  path: string,
  at: string | null,
  records: number | null,
  choose: (position: string | null) => void,
): Travel {
  const shown = useShown();
  const { book, chosen, show, turn } = shown;
  const [walked, setWalked] = useState<number | null>(null);
  const { problem, run, end } = useLastAsked();
  const [returned, setReturned] = useState(0);
  useReturn(() => setReturned((before) => before + 1));

  // In the present the book is opened anew whenever there is more; in the past it stays as it is.
  const isLive = at === null;
  const wanted = isLive ? records : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: more records have it opened again, and a return
  useEffect(() => {
    if (isLive ? records === null : book !== null && chosen?.step.position === at) return;
    const own = run(async (signal) => {
      const isOpen = book !== null && !isLive;
      const from = isOpen ? book : await HistoryBook.open(path, signal, setWalked);
      const found = isLive ? await from.step(0, signal) : await from.find(at, signal);
      if (signal.aborted) return;
      if (!isLive && found === null)
        throw new Problem(404, 'not_found', 'The actor has no such step');
      await show(from, found, signal);
    });
    return () => own.abort();
  }, [path, at, wanted, returned]);

  const move = useCallback(
    (to: Move) => {
      if ('to' in to && to.to === 'now') {
        end();
        return choose(null);
      }
      if (book === null) return;
      run(async (signal) => {
        let from = book;
        let index = chosen?.index ?? 0;
        // There may be more by now, between what is looked at and the present.
        if ('by' in to && index - to.by <= 0 && chosen !== null) {
          from = await HistoryBook.open(path, signal, setWalked);
          index = (await from.find(chosen.step.position, signal))?.index ?? 0;
        }
        const goal = await goalOf(from, index, to, signal);
        if (signal.aborted) return;
        if (goal === null) return choose(null);
        await show(from, goal, signal);
        if (!signal.aborted) choose(goal.step.position);
      });
    },
    [book, chosen, choose, path, run, end, show],
  );

  const turnTo = useCallback(
    (number: number) => {
      if (book !== null && number >= 0) run((signal) => turn(book, number, signal));
    },
    [book, run, turn],
  );

  const { extent, page } = shown;
  return { extent, chosen, page, walked, problem, move, turnTo };
}

/** What is shown of a book. */
function useShown() {
  const [book, setBook] = useState<HistoryBook | null>(null);
  const [chosen, setChosen] = useState<PlacedStep | null>(null);
  const [page, setPage] = useState<Travel['page']>(null);
  const [extent, setExtent] = useState<Extent | null>(null);

  const show = useCallback(
    async (from: HistoryBook, found: PlacedStep | null, signal: AbortSignal) => {
      const number = Math.floor((found?.index ?? 0) / HISTORY_STEPS_MAX);
      const steps = await from.page(number, signal);
      if (signal.aborted) return;
      setBook(from);
      setExtent(from.extent);
      setChosen(found);
      setPage({ number, steps });
    },
    [],
  );
  const turn = useCallback(async (from: HistoryBook, number: number, signal: AbortSignal) => {
    const steps = await from.page(number, signal);
    if (signal.aborted) return;
    setExtent(from.extent);
    if (steps.length > 0) setPage({ number, steps });
  }, []);
  return { book, chosen, page, extent, show, turn };
}

/** Runs one thing at a time: the last that was asked for, until the screen goes. */
function useLastAsked() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const ending = useRef<AbortController | null>(null);
  const run = useCallback((work: (signal: AbortSignal) => Promise<void>) => {
    ending.current?.abort();
    const own = new AbortController();
    ending.current = own;
    work(own.signal).then(
      () => setProblem(null),
      (error: unknown) => {
        if (own.signal.aborted) return;
        const fault = new Problem(0, 'unknown', 'The page has a fault');
        setProblem(error instanceof Problem ? error : fault);
      },
    );
    return own;
  }, []);
  const end = useCallback(() => ending.current?.abort(), []);
  // Who left does not want to be taken back to where a step was looked for.
  useEffect(() => end, [end]);
  return { problem, run, end };
}

/** `null`: the present. */
async function goalOf(
  book: HistoryBook,
  index: number,
  to: Move,
  signal: AbortSignal,
): Promise<PlacedStep | null> {
  if ('to' in to) return book.oldest(signal);
  const goal = 'by' in to ? index - to.by : to.index;
  return goal <= 0 ? null : book.step(goal, signal);
}
