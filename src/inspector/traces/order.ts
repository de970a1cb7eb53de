import type { TraceStep } from '../protocol.ts';

/**
 * Steps by when they were recorded, none before what caused it: clocks of nodes differ a little.
 */
export function inOrder(steps: readonly TraceStep[]): readonly TraceStep[] {
  const byEvent = new Map(
    steps.flatMap((step) => step.events.map(({ id }) => [id, step] as const)),
  );
  const places = new Map<TraceStep, { readonly at: number; readonly depth: number }>();
  const placeOf = (step: TraceStep): { readonly at: number; readonly depth: number } => {
    const known = places.get(step);
    if (known) return known;
    // Said before its cause is looked at: nothing causes itself, whatever the ids say.
    places.set(step, { at: Date.parse(step.at), depth: 0 });
    const cause = step.cause === null ? undefined : byEvent.get(step.cause);
    const before = cause && placeOf(cause);
    const place = {
      at: Math.max(Date.parse(step.at), before?.at ?? 0),
      depth: before ? before.depth + 1 : 0,
    };
    places.set(step, place);
    return place;
  };
  const sorted = steps.map((step) => ({ step, ...placeOf(step) }));
  sorted.sort((a, b) => a.at - b.at || a.depth - b.depth || compare(a.step, b.step));
  return sorted.map(({ step }) => step);
}

/** By partition and position. */
function compare(a: TraceStep, b: TraceStep): number {
  const [partitionA = 0, positionA = 0] = a.position.split(':').map(Number);
  const [partitionB = 0, positionB = 0] = b.position.split(':').map(Number);
  return partitionA - partitionB || positionA - positionB;
}
