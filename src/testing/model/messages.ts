/** Messages to instances of policies, as the engine makes them. */
import type { PolicyDefinition } from '../../define/index.ts';
import { plainError } from '../../engine/background/history.ts';
import type { EffectRow, PolicyMessage } from '../../engine/background/rows.ts';
import type { Outgoing } from '../../engine/background/transition.ts';
import type { ModelTimer } from './instance.ts';
import type { ModelEvent } from './state.ts';

/** An event. @param position in the feed, from 1 */
export function eventMessage(
  { on }: PolicyDefinition,
  { type, data, event }: ModelEvent,
  position: number,
): PolicyMessage {
  const recorded = { type, version: on[type]?.version ?? 1, data };
  return { kind: 'event', id: event.id, place: [0, position, 0], recorded, event };
}

/** The instance that an event belongs to; `null`: the policy passes it over. */
export function instanceOf(
  { correlate }: PolicyDefinition,
  { type, data, event }: ModelEvent,
): string | null {
  if (correlate === 'event') return event.id;
  if (correlate === 'actor') return `${event.actor.type}:${event.actor.id}`;
  const instance = correlate({ type, data, event });
  if (instance !== '') return instance;
  throw new TypeError('a correlation id is a text, and not empty');
}

/** What became of a command. */
export interface CommandAnswer {
  readonly type: 'command.accepted' | 'command.rejected' | 'command.failed';
  /** Why it was refused, or the code of the fault; `null` where it was accepted. */
  readonly reason: string | null;
  readonly events: readonly { readonly type: string; readonly data: unknown }[];
}

export function outcomeMessage(
  { commandId, row }: Outgoing,
  { type, reason, events }: CommandAnswer,
  now: number,
): PolicyMessage {
  const { incarnation, command, ref, correlationId } = row;
  const recorded = JSON.parse(JSON.stringify(events));
  const data = { commandId, command, ref, reason, events: recorded };
  return { kind: 'outcome', id: commandId, incarnation, at: iso(now), type, data, correlationId };
}

export function timerMessage({ due, row: { instance: _, ...timer } }: ModelTimer): PolicyMessage {
  return { kind: 'timer', ...timer, at: iso(due) };
}

/** What became of an effect. */
export type EffectResult = { readonly output: unknown } | { readonly error: unknown };

export function effectMessage(
  { id, visit, incarnation, correlationId }: EffectRow,
  result: EffectResult,
  now: number,
): PolicyMessage {
  const kept =
    'output' in result
      ? { output: JSON.parse(JSON.stringify(result.output ?? null)) }
      : { error: { ...plainError(result.error) } };
  return { kind: 'effect', id, visit, incarnation, at: iso(now), result: kept, correlationId };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
