import type { TracePending } from '../../protocol.ts';
import { Link } from './link.tsx';
import { When } from './when.tsx';

const KINDS = { sent: 'on its way', retrying: 'tried again', dead: 'given up' } as const;

/** What of a trace has not come to its end. */
export function TracePendings({ pending }: { readonly pending: readonly TracePending[] }) {
  if (pending.length === 0) return null;
  return (
    <section>
      <h2>Not at an end</h2>
      <ul className="pendings">
        {pending.map((each) => (
          <li key={`${each.policy} ${each.cause} ${each.type} ${each.at}`} className={each.kind}>
            <b>{KINDS[each.kind]}</b>: {each.isCommand ? 'command' : 'message'}{' '}
            <code>{each.type}</code> of the policy{' '}
            <Link to={`/policies/${encodeURIComponent(each.policy)}`}>{each.policy}</Link>, since{' '}
            <When at={each.at} />
            {each.attempts > 0 && `, after ${each.attempts} attempts`}
            {each.error !== null && <span className="error">{each.error}</span>}
            {each.kind === 'dead' && <Link to="/dead-letters">Dead letters</Link>}
          </li>
        ))}
      </ul>
    </section>
  );
}
