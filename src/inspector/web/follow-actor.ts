import type { ActorDetail } from '../protocol.ts';
import { type Answer, useAnswer } from './use-answer.ts';

const EVERY_MS = 2_000;

/** Where an actor's own routes lie, below the inspector's. */
export function actorPath(type: string, id: string): string {
  return `/actors/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
}

/** An actor as it is now, and again when it has changed: the one place where that is seen to. */
export function useActor(type: string, id: string): Answer<ActorDetail> {
  return useAnswer<ActorDetail>(actorPath(type, id), EVERY_MS);
}
