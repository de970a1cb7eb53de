import { MASK } from '../../protocol.ts';
import { instanceAt } from '../addresses.ts';
import { Link } from './link.tsx';

/** An instance of a policy, as a link to it: by an id that is masked, nothing can be found. */
export function InstanceLink({ policy, id }: { readonly policy: string; readonly id: string }) {
  if (id.includes(MASK)) return <span className="id">{id}</span>;
  return (
    <Link to={instanceAt(policy, id)} className="id">
      {id}
    </Link>
  );
}
