import type { Trace, TraceStep } from '../protocol.ts';
import { messageName, wordOf } from './words.ts';

/** Who takes part in a trace: a line down the diagram. */
export interface Lifeline {
  readonly key: string;
  readonly kind: 'outside' | 'actor' | 'policy';
  readonly name: string;
}

/** One row of the diagram. */
export type Line =
  /** A command that reached its actor. */
  | {
      readonly kind: 'command';
      readonly from: number;
      readonly to: number;
      readonly step: TraceStep;
    }
  /** An event, recorded on its actor's line. */
  | { readonly kind: 'event'; readonly on: number; readonly type: string; readonly step: TraceStep }
  /** An event that a policy took. */
  | {
      readonly kind: 'taken';
      readonly from: number;
      readonly to: number;
      readonly type: string;
      readonly step: TraceStep;
    }
  /** What a policy has under way, or gave up. */
  | {
      readonly kind: 'pending';
      readonly on: number;
      readonly text: string;
      readonly isDead: boolean;
    };

export interface TraceLines {
  readonly lifelines: readonly Lifeline[];
  readonly lines: readonly Line[];
}

/** Lays a trace out as rows between lifelines, which stand in the order in which they come in. */
export function linesOf({ steps, pending }: Pick<Trace, 'steps' | 'pending'>): TraceLines {
  const places = new Map<string, number>();
  const lifelines: Lifeline[] = [];
  const placeOf = (kind: Lifeline['kind'], name: string): number => {
    const key = `${kind} ${name}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, lifelines.length);
    lifelines.push({ key, kind, name });
    return lifelines.length - 1;
  };
  const takers = takersOf(steps, pending);
  const lines: Line[] = [];
  for (const step of steps) {
    const from =
      step.policy === null ? placeOf('outside', step.principal) : placeOf('policy', step.policy);
    const to = placeOf('actor', `${step.actor.type}:${step.actor.id}`);
    lines.push({ kind: 'command', from, to, step });
    for (const { id, type } of step.events) {
      const policies = takers.get(id) ?? [];
      if (policies.length === 0) lines.push({ kind: 'event', on: to, type, step });
      for (const policy of policies) {
        lines.push({ kind: 'taken', from: to, to: placeOf('policy', policy), type, step });
      }
    }
  }
  for (const each of pending) {
    const { policy, type, stage } = each;
    const text = `${messageName(type)}: ${wordOf(each)}`;
    lines.push({ kind: 'pending', on: placeOf('policy', policy), text, isDead: stage === 'dead' });
  }
  return { lifelines, lines };
}

/** The policies that did something about each event. */
function takersOf(steps: readonly TraceStep[], pending: Trace['pending']): Map<string, string[]> {
  const takers = new Map<string, string[]>();
  for (const { cause, policy } of [...steps, ...pending]) {
    if (cause === null || policy === null) continue;
    const known = takers.get(cause) ?? [];
    if (!known.includes(policy)) takers.set(cause, [...known, policy]);
  }
  return takers;
}
