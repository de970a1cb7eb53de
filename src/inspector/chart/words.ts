/** How guards, actions and events of a machine are spelled in its chart. */
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { exactly } from '../protocol/durations.ts';

/** What XState's own functions carry beside what they do. */
interface Spelled {
  readonly type?: unknown;
  readonly params?: unknown;
  readonly event?: unknown;
  readonly delay?: unknown;
  readonly sendId?: unknown;
  readonly assignment?: unknown;
  readonly to?: unknown;
  readonly guards?: readonly unknown[];
  readonly name?: unknown;
  readonly stateValue?: unknown;
}

const INLINE = 'inline';
/** What JavaScript calls a function that is written where it is used. */
const UNNAMED = ['', 'guard', 'actions', 'entry', 'exit'];

/** An action in words; `null` for one that a machine has only because of its `after`. */
export function actionText(action: unknown): string | null {
  if (typeof action === 'string') return action;
  const { type, params, event, delay, sendId, assignment, to } = spelled(action);
  switch (type) {
    case 'xstate.raise':
      if (isOfAfter(typeOf(event))) return null;
      return joined(
        'raise',
        typeOf(event),
        delay === undefined ? null : `after ${delayText(delay)}`,
      );
    case 'xstate.cancel':
      return isOfAfter(sendId) ? null : joined('cancel', textOf(sendId));
    case 'xstate.emit':
      return joined('emit', typeOf(event));
    case 'xstate.assign':
      return joined('assign', isRecord(assignment) ? Object.keys(assignment).join(', ') : null);
    case 'xstate.sendTo':
      return joined('send', typeOf(event), joined('to', textOf(to) ?? 'an actor'));
    case undefined:
      return nameOf(action);
    default: {
      const name = String(type).replace(/^xstate\./, '');
      return isRecord(params) ? `${name}(${paramsText(params)})` : name;
    }
  }
}

/** A guard in words, with those that it is made of; `null` for none. */
export function guardText(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null;
  if (typeof guard === 'string') return guard;
  const { type, params, guards, name, stateValue } = spelled(guard);
  if (guards) {
    const parts = guards.map((each) => guardText(each) ?? INLINE);
    if (name === 'not') return `not ${parts.join('')}`;
    return parts.map((part) => (part.includes(' ') ? `(${part})` : part)).join(` ${name} `);
  }
  if (name === 'stateIn') return `in ${pathsIn(stateValue).join(' and ')}`;
  if (type === undefined) return nameOf(guard);
  return isRecord(params) ? `${String(type)}(${paramsText(params)})` : String(type);
}

/** The event of a transition in words: of an `after` its delay, of an invoke what it runs. */
export function eventText(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  if (eventType === '') return 'always';
  if (eventType === '*') return 'any event';
  if (isOfAfter(eventType)) return `after ${delayText(spelled(transition).delay)}`;
  if (eventType.startsWith('xstate.done.state.')) return 'done';
  for (const { id, src } of source.invoke) {
    if (eventType === `xstate.done.actor.${id}`) return `done: ${sourceText(src)}`;
    if (eventType === `xstate.error.actor.${id}`) return `error: ${sourceText(src)}`;
    if (eventType === `xstate.snapshot.${id}`) return `snapshot: ${sourceText(src)}`;
  }
  return eventType;
}

/** What a state invokes, in words. */
export function invokeText({ id, src }: AnyStateNode['invoke'][number]): string {
  const name = sourceText(src);
  // XState makes an id of its own where none is given.
  return /^\d+\./.test(id) || id === name ? name : `${name} as ${id}`;
}

function sourceText(src: unknown): string {
  return typeof src === 'string' && !/^xstate\.invoke\./.test(src) ? src : INLINE;
}

function isOfAfter(type: unknown): boolean {
  return typeof type === 'string' && type.startsWith('xstate.after.');
}

function delayText(delay: unknown): string {
  if (typeof delay === 'number') return exactly(delay);
  return textOf(delay) ?? 'a while';
}

function nameOf(action: unknown): string {
  return typeof action === 'function' && !UNNAMED.includes(action.name) ? action.name : INLINE;
}

/** The states that a value names, by their paths. */
function pathsIn(value: unknown): readonly string[] {
  if (!isRecord(value)) return [textOf(value) ?? ''];
  return Object.entries(value).flatMap(([name, inner]) =>
    pathsIn(inner).map((path) => `${name}.${path}`),
  );
}

function typeOf(event: unknown): string | null {
  return isRecord(event) ? textOf(event.type) : null;
}

function paramsText(params: Record<string, unknown>): string {
  return Object.values(params)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .join(', ');
}

function joined(...words: readonly (string | null)[]): string {
  return words.filter((word) => word !== null && word !== '').join(' ');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function spelled(value: unknown): Spelled {
  return typeof value === 'object' || typeof value === 'function' ? (value as Spelled) : {};
}
