import type { AnyActorScope } from 'xstate';

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

/** A scope that runs nothing and hands every action over. */
export function inertScope(collect: (action: CollectedAction) => void): AnyActorScope {
  const ignore = () => {};
  const self = { id: 'actor', sessionId: SELF, send: ignore, _parent: undefined };
  const system = {
    _sendInspectionEvent: ignore,
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
