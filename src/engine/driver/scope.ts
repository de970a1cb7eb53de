import type { AnyActorScope, AnyTransitionDefinition } from 'xstate';

/** An action that a machine's step would have run. */
export interface CollectedAction {
  readonly type: string;
  readonly params: unknown;
  readonly exec: unknown;
}

/** The session of the machine itself; no child that it makes has it. */
const SELF = 'self';

/** Whether an actor that an action speaks of is the machine itself. */
export function isSelf(actor: unknown): boolean {
  return (
    typeof actor === 'object' && actor !== null && 'sessionId' in actor && actor.sessionId === SELF
  );
}

/** What XState tells of each microstep. */
interface Microstep {
  readonly type: string;
  readonly _transitions?: readonly AnyTransitionDefinition[];
}

/**
 * A scope that runs nothing and hands every action over.
 * @param watch is told the transitions of each microstep
 */
export function inertScope(
  collect: (action: CollectedAction) => void,
  watch?: (transitions: readonly AnyTransitionDefinition[]) => void,
): AnyActorScope {
  const ignore = () => {};
  const inspect = ({ _transitions }: Microstep) => watch?.(_transitions ?? []);
  const self = { id: 'actor', sessionId: SELF, send: ignore, _parent: undefined };
  const system = {
    _sendInspectionEvent: watch ? inspect : ignore,
    _bookId: () => 'child',
    _register: ignore,
    _unregister: ignore,
    _set: ignore,
    _relay: ignore,
    get: () => undefined,
    getAll: () => ({}),
    inspect: () => ({ unsubscribe: ignore }),
    _clock: { setTimeout: ignore, clearTimeout: ignore },
    scheduler: { schedule: ignore, cancel: ignore, cancelAll: ignore },
    _snapshot: { _scheduledEvents: {} },
    start: ignore,
    _logger: ignore,
  };
  const scope = {
    self: { ...self, system },
    id: self.id,
    sessionId: self.sessionId,
    system,
    logger: ignore,
    defer: ignore,
    stopChild: ignore,
    emit: ignore,
    actionExecutor: collect,
  };
  // XState's scope type asks for a live actor; a pure step needs only these members.
  return scope as unknown as AnyActorScope;
}
