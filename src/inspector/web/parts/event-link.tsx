import type { CausingEvent } from '../../protocol.ts';
import { ActorLink } from './actor-link.tsx';

/** An event, as a link to its actor as it was after it. */
export function EventLink({ event: { type, actor, position } }: { readonly event: CausingEvent }) {
  return (
    <>
      <code>{type}</code> of <ActorLink actor={actor} at={position} />
    </>
  );
}
