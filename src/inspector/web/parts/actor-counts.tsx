import type { IndexFigures, StateCount } from '../../protocol.ts';
import { actorsAt } from '../addresses.ts';
import { number } from './figure.tsx';
import { Link } from './link.tsx';

/** How many actors are in each state; each leads to those. */
export function ActorCounts({
  counts,
  q,
}: {
  readonly counts: readonly StateCount[];
  readonly q: string;
}) {
  if (counts.length === 0) return null;
  return (
    <ul className="counts" aria-label="Actors by state">
      {counts.map(({ type, state, count }) => {
        const address = actorsAt(`type:${type} state:${word(state)}`);
        const text = `${type}: ${state === '' ? 'no state' : state}`;
        return (
          <li key={`${type}/${state}`}>
            {state === '*' || state === '' ? (
              <span className="count">
                {state === '*' ? `${type}: other states` : text} <b>{number(count)}</b>
              </span>
            ) : (
              <Link to={address} className="count" isCurrent={address === actorsAt(q)}>
                {text} <b>{number(count)}</b>
              </Link>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** Several active states are looked for by the first of them. */
function word(state: string): string {
  return state.split(', ')[0] ?? state;
}

/** How far behind what is shown may be. */
export function IndexState({ index: { lag, isBeginning } }: { readonly index: IndexFigures }) {
  if (isBeginning) {
    return <span className="behind">The index begins anew: some actors are not found yet.</span>;
  }
  if (lag > 0) return <span className="behind">The index is {number(lag)} records behind.</span>;
  return <span className="uptodate">The index is up to date.</span>;
}
