import type { IndexFigures, StateCount } from '../../protocol.ts';
import { actorsAt, actorsIn } from '../addresses.ts';
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
        const address = actorsIn(type, state);
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

/** How far behind what is shown may be. */
export function IndexState({ index: { lag, isBeginning } }: { readonly index: IndexFigures }) {
  if (isBeginning) {
    return <span className="behind">The index begins anew: some actors are not found yet.</span>;
  }
  if (lag > 0) return <span className="behind">The index is {number(lag)} records behind.</span>;
  return <span className="uptodate">The index is up to date.</span>;
}
