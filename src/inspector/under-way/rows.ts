/** Rows of policies' tables as what is under way. Pure, but for what commands say of their targets. */
import type {
  EffectRow,
  OutboxRow,
  PolicyMessage,
  QueueRow,
  TimerRow,
} from '../../engine/background/rows.ts';
import type { Masking } from '../mask.ts';
import type { UnderWay } from '../protocol.ts';
import type { TargetOf } from './target.ts';

/** A command. @param error why it was given up; `null`: it was not */
export function commandItem(
  policy: string,
  id: string,
  row: OutboxRow,
  targetOf: TargetOf,
  error: string | null = null,
): UnderWay {
  const { instance, command, ref, cause, correlationId, attempts, at } = row;
  return {
    what: 'command',
    stage: error !== null ? 'dead' : attempts > 0 ? 'retrying' : 'sent',
    ...{ policy, instance, type: command, id, ref, cause, correlationId, attempts, at },
    target: targetOf(command, row.data, { commandId: id, at: Date.parse(at), correlationId }),
    dueAt: null,
    error: error ?? lastError(row),
  };
}

/** A message, as far as one was tried. @param error why it was given up; `null`: it was not */
export function messageItem(
  policy: string,
  instance: string,
  id: string,
  row: QueueRow,
  stage: Extract<UnderWay['stage'], 'waiting' | 'retrying' | 'dead'>,
  error: string | null = null,
): UnderWay {
  const { message, attempts, at } = row;
  return {
    ...{ what: 'message', stage, policy, instance, id, attempts, at },
    type: typeOf(message),
    target: null,
    ref: message.kind === 'outcome' ? message.data.ref : null,
    cause: message.id,
    correlationId: message.kind === 'event' ? message.event.correlationId : message.correlationId,
    dueAt: null,
    error: error ?? lastError(row),
  };
}

/** @param due in milliseconds since 1970 */
export function timerItem(policy: string, row: TimerRow, due: number): UnderWay {
  const { instance, id, event, incarnation, correlationId } = row;
  const at = timeText(due);
  return {
    ...{ what: 'timer', stage: 'waiting', policy, instance, id, type: event.type },
    ...{ target: null, ref: null, cause: incarnation, correlationId },
    ...{ attempts: 0, at, dueAt: at, error: null },
  };
}

export function effectItem(policy: string, row: EffectRow): UnderWay {
  const { instance, id, src, incarnation, correlationId, attempts, at } = row;
  return {
    what: 'effect',
    stage: attempts > 0 ? 'retrying' : 'sent',
    ...{ policy, instance, id, type: src, target: null, ref: null, cause: incarnation },
    ...{ correlationId, attempts, at, dueAt: null, error: lastError(row) },
  };
}

/**
 * What people see of an item: without what is personal.
 * @param about the data that its error may quote
 */
export function shownItem<Item extends UnderWay>(
  masking: Masking,
  item: Item,
  ...about: readonly unknown[]
): Item {
  const { instance, id, ref, error } = item;
  return {
    ...item,
    instance: masking.text(instance, ...about),
    id: masking.text(id, ...about),
    ref: ref === null ? null : masking.text(ref, ...about),
    error: error === null ? null : masking.text(error, ...about),
  };
}

/** A time in milliseconds since 1970, as it is told; `null` stays `null`. */
export function timeText(ms: number): string;
export function timeText(ms: number | null): string | null;
export function timeText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function typeOf(message: PolicyMessage): string {
  switch (message.kind) {
    case 'event':
      return message.recorded.type;
    case 'outcome':
      return message.type;
    case 'timer':
      return message.event.type;
    case 'effect':
      return `xstate.${'output' in message.result ? 'done' : 'error'}.actor.${message.id}`;
  }
}

function lastError({ history }: Pick<QueueRow, 'history'>): string | null {
  return history.at(-1)?.error ?? null;
}
