import { type Difference, differences, PLACES_MAX, shownValues } from '../difference.ts';
import { Empty } from './states.tsx';

const MARKS = { added: '+', removed: '−', changed: '≠' } as const;

/** What a step changed, place by place. */
export function DifferenceList(props: { readonly before: unknown; readonly after: unknown }) {
  const found = differences(props.before, props.after);
  if (found.length === 0) return <Empty>Neither its state nor its context.</Empty>;
  return (
    <>
      <ul className="difference" aria-label="What the step changed">
        {found.map((each) => (
          <Place key={each.path} {...each} />
        ))}
      </ul>
      {found.length === PLACES_MAX && (
        <p className="note">Only the first {PLACES_MAX} places that differ are shown.</p>
      )}
    </>
  );
}

function Place({ path, kind, before, after }: Difference) {
  const [old, now] = shownValues(before, after);
  return (
    <li className={kind}>
      <span className="mark" title={kind}>
        {MARKS[kind]}
        <span className="unseen">{kind}</span>
      </span>
      <code>{path}</code>
      <span className="values">
        {kind !== 'added' && <del>{old}</del>}
        {kind === 'changed' && <span aria-hidden="true"> → </span>}
        {kind !== 'removed' && <ins>{now}</ins>}
      </span>
    </li>
  );
}
