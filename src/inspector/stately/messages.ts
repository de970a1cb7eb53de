/** The messages of Stately's inspection format, each a JSON text of its own. */
import type { AnyStateMachine } from 'xstate';
import type { Step } from './gathering.ts';

/** The version of the format, which every message names: that of `@statelyai/inspect`. */
export const FORMAT_VERSION = '0.7.2';

/** Tells of what a viewer was not told. */
const FEED = 'everstate';

/** An actor's state, as the format has it; empty where nothing is known of it. */
export interface InspectedSnapshot {
  readonly status?: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
}

/**
 * Introduces an actor. Each is a root of its own: durable actors have no parents.
 * @param name what it is called, and its session for as long as it lives
 */
export function actorMessage(
  name: string,
  definition: string,
  snapshot: InspectedSnapshot,
): Buffer {
  const common = commonOf(name, `${name}/actor`, Date.now());
  return textOf({ type: '@xstate.actor', name, ...common, definition, snapshot });
}

/**
 * A command that an actor took, and what it recorded of it.
 * @param source who sent it, where that is one that was introduced
 */
export function eventMessage(session: string, step: Step, source: string | null): Buffer {
  const { commandId, at, command, recorded, principal } = step;
  const event = { ...command, recorded, meta: { commandId, at, principal } };
  const from = source === null ? {} : { sourceId: source };
  const common = commonOf(session, commandId, Date.parse(at));
  return textOf({ type: '@xstate.event', ...common, ...from, event });
}

/** An actor's state, as it was read after a command. */
export function snapshotMessage(
  session: string,
  { command, commandId }: Step,
  snapshot: InspectedSnapshot,
): Buffer {
  const common = commonOf(session, `${commandId}/snapshot`, Date.now());
  return textOf({ type: '@xstate.snapshot', ...common, event: command, snapshot });
}

/** Introduces the feed itself, as one who tells what was left out. */
export function feedMessage(): Buffer {
  return actorMessage(FEED, bareDefinition(FEED), { status: 'active' });
}

/** So many commands were taken of which a viewer was not told. */
export function skippedMessage(commands: number): Buffer {
  const common = commonOf(FEED, `${FEED}/skipped`, Date.now());
  return textOf({
    type: '@xstate.event',
    ...common,
    event: { type: 'everstate.skipped', commands },
  });
}

/** A machine as the format has it: its configuration, where functions leave their names. */
export function definitionOf({ id, config }: AnyStateMachine): string {
  try {
    return JSON.stringify({ ...config, id }, (_name, value: unknown) =>
      typeof value === 'function' ? { type: value.name } : value,
    );
  } catch {
    // What is no tree or no JSON: it has a name at least.
    return bareDefinition(id);
  }
}

/** Of one of which no machine is known. */
export function bareDefinition(id: string): string {
  return JSON.stringify({ id });
}

function commonOf(sessionId: string, id: string, atMs: number) {
  return { sessionId, rootId: sessionId, id, createdAt: String(atMs), _version: FORMAT_VERSION };
}

function textOf(message: object): Buffer {
  return Buffer.from(JSON.stringify(message));
}
