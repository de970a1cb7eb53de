import { useEffect, useState } from 'react';
import { actorsAt } from '../addresses.ts';
import { ActorCounts, IndexState } from '../parts/actor-counts.tsx';
import { ActorList } from '../parts/actor-list.tsx';
import { number } from '../parts/figure.tsx';
import { QueryWords } from '../parts/query-words.tsx';
import type { ScreenProps } from '../screens.ts';
import { go } from '../store.ts';
import { useActorPages } from '../use-actor-pages.ts';
import { useHold } from '../use-hold.ts';
import '../style/actors.css';

/** After the last key, before what was typed is looked for. */
const TYPED_MS = 250;

/** All actors, searched. */
export function ActorsScreen({ search }: ScreenProps) {
  const q = search.get('q') ?? '';
  const { isHeld, handlers } = useHold();
  const pages = useActorPages(q, isHeld);
  const { first, rows, problem, hasMore } = pages;
  const isBadQuery = problem?.status === 422;
  const total = first?.total ?? null;
  const found =
    total === null ? `${number(rows.length)}${hasMore ? ' and more' : ''}` : number(total);
  return (
    <div className="actors">
      <h1>Actors</h1>
      <QueryBar q={q} fault={isBadQuery ? faultOf(problem.told.errors, problem.message) : null} />
      {problem && !isBadQuery && (
        <div className="problem" role="alert">
          <p>{problem.message}</p>
          <button type="button" onClick={pages.again}>
            Try again
          </button>
        </div>
      )}
      {first && <ActorCounts counts={first.counts ?? []} q={q} />}
      {first && !isBadQuery && (
        <p className="found">
          {found} found. <IndexState index={first.index} />
        </p>
      )}
      <Said key={q} text={first && !isBadQuery ? `${found} found` : ''} />
      {first === null && problem === null && (
        <p className="loading" role="status">
          Loading actors …
        </p>
      )}
      {first && !isBadQuery && (
        <div {...handlers}>
          <ActorList pages={pages} q={q} />
        </div>
      )}
    </div>
  );
}

/** What a query found, said aloud once: not again whenever there is one more. */
function Said({ text }: { readonly text: string }) {
  const [said, setSaid] = useState(text);
  if (said === '' && text !== '') setSaid(text);
  return (
    <p className="unseen" role="status">
      {said}
    </p>
  );
}

function faultOf(
  errors: readonly { readonly message: string }[] | undefined,
  other: string,
): string {
  return errors?.[0]?.message ?? other;
}

function QueryBar({ q, fault }: { readonly q: string; readonly fault: string | null }) {
  const [typed, setTyped] = useState(q);
  const [shown, setShown] = useState(q);
  if (shown !== q) {
    // Gone to by a link, or back.
    setShown(q);
    if (typed.trim() !== q) setTyped(q);
  }
  useEffect(() => {
    if (typed.trim() === q) return;
    const timer = setTimeout(() => go(actorsAt(typed.trim()), 'replace'), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed, q]);
  return (
    <search>
      <form
        className="query"
        onSubmit={(event) => {
          event.preventDefault();
          go(actorsAt(typed.trim()), 'replace');
        }}
      >
        <label htmlFor="query">Query</label>
        <input
          id="query"
          type="search"
          value={typed}
          autoComplete="off"
          spellCheck={false}
          placeholder="type:account state:active id:ann… stale:>1h"
          aria-invalid={fault !== null}
          aria-describedby={fault === null ? undefined : 'query-fault'}
          onChange={(event) => setTyped(event.target.value)}
        />
        {fault !== null && (
          <p id="query-fault" className="fault" role="alert">
            {fault}
          </p>
        )}
      </form>
      <QueryWords />
    </search>
  );
}
