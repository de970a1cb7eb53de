import type { HistoryStep } from '../../protocol.ts';
import { actorAt } from '../addresses.ts';
import { Link } from './link.tsx';

/** An actor, as a link to it. @param at the position of a step, to see it as it was after that */
export function ActorLink(props: {
  readonly actor: { readonly type: string; readonly id: string };
  readonly at?: HistoryStep['position'];
}) {
  const { actor, at } = props;
  return (
    <Link to={actorAt(actor, at)} className="id">
      {actor.type}:{actor.id}
    </Link>
  );
}
