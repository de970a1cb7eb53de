import type { CausingEvent } from '../../protocol.ts';
import { actorAt } from '../addresses.ts';
import { Link } from './link.tsx';

/** An event, as a link to its actor as it was after it. */
export function EventLink({ event: { type, actor, position } }: { readonly event: CausingEvent }) {
  return (
    <>
      <code>{type}</code> of{' '}
      <Link to={actorAt(actor, position)} className="id">
        {actor.type}:{actor.id}
      </Link>
    </>
  );
}
