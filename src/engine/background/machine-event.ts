import { upcast } from '../../define/index.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import type { PolicyMessage } from './rows.ts';

/** A message as XState takes it. */
export interface MachineEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A message as the machine sees it, but for its facts. @throws UpcastError */
export function machineEvent(policy: PolicyRuntime, message: PolicyMessage): MachineEvent {
  const meta = { messageId: messageId(message), at: timeOf(message) };
  switch (message.kind) {
    case 'event': {
      const definition = policy.definition.on[message.recorded.type];
      const recorded = message.recorded;
      const { type, data } = definition ? upcast(definition, recorded) : recorded;
      return { type, data, event: message.event, meta };
    }
    case 'outcome':
      return { type: message.type, data: message.data, meta };
    case 'timer':
      return { ...message.event, meta };
    case 'effect': {
      const { id, result } = message;
      return 'output' in result
        ? { type: `xstate.done.actor.${id}`, output: result.output, actorId: id, meta }
        : { type: `xstate.error.actor.${id}`, error: result.error, actorId: id, meta };
    }
  }
}

/** Unique to the message, the same when it is tried again. */
export function messageId(message: PolicyMessage): string {
  switch (message.kind) {
    case 'timer':
      return `${message.id}#${message.generation}`;
    case 'effect':
      return `${message.id}#${message.visit}`;
    default:
      return message.id;
  }
}

/** When it came about, ISO 8601. */
export function timeOf(message: PolicyMessage): string {
  return message.kind === 'event' ? message.event.occurredAt : message.at;
}

/** The trace that a message belongs to. */
export function correlationOf(message: PolicyMessage): string {
  return message.kind === 'event' ? message.event.correlationId : message.correlationId;
}
