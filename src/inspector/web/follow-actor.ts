import { useEffect, useState } from 'react';
import type { ActorDetail } from '../protocol.ts';
import { actorAt } from './addresses.ts';
import { useLive } from './live.ts';
import { type Answer, useAnswer } from './use-answer.ts';

/** Looked again at the latest, should a change have been told before anybody listened. */
const EVERY_MS = 5_000;
/** How often an actor that changes all the time is read, in milliseconds. */
const CALM_MS = 250;

/** An actor as it is now, and again when it has changed: the one place where that is seen to. */
export function useActor(type: string, id: string): Answer<ActorDetail> {
  const answer = useAnswer<ActorDetail>(actorAt({ type, id }), EVERY_MS);
  const [isDue, setDue] = useState(false);
  useLive(`${type}:${id}`, ({ actors, skipped }) => {
    // What was left out may be of this one.
    if (skipped > 0 || actors.some((each) => each.type === type && each.id === id)) setDue(true);
  });
  const { isLoading, again } = answer;
  useEffect(() => {
    // What is under way is not cut off: of an actor that never rests nothing would be seen.
    if (!isDue || isLoading) return;
    const timer = setTimeout(() => {
      setDue(false);
      again();
    }, CALM_MS);
    return () => clearTimeout(timer);
  }, [isDue, isLoading, again]);
  return answer;
}
