import { readRecord, type TracedRecord } from '../../engine/actor-index/trace.ts';
import { type ActorKey, parseActorKey } from '../../engine/address.ts';
import { policyOf } from '../../engine/background/principal.ts';
import type { EngineInside } from '../../engine/engine.ts';
import { eventId, positionToken } from '../../engine/record.ts';
import type { Masking } from '../mask.ts';
import type { CausingEvent, StepCause } from '../protocol.ts';
import { senderOf } from './causes.ts';
import { recordsOf } from './records.ts';

/**
 * Which policy sent the command of an actor's step; `null` where the step is not there, or no policy
 * did.
 * @throws StoreUnavailable
 */
export async function readStepCause(
  inside: EngineInside,
  actor: ActorKey,
  partition: number,
  position: number,
  masking: Masking,
): Promise<StepCause | null> {
  const step = await readRecord(inside.store, partition, position);
  const policy = step && policyOf(step.record.principal);
  if (!step || policy === null || step.record.actor !== actor) return null;
  await inside.actorIndex.want();
  const { correlationId } = step.record;
  const at = positionToken(partition, position);
  const { records } = await recordsOf(inside, correlationId, at);
  const sender = await senderOf(inside, records, step);
  return {
    policy,
    instance: sender && masking.text(sender.instance, step.record),
    event: sender && eventAmong(records, sender.event),
  };
}

/** An event of one of these records; `null` where it is in none. */
export function eventAmong(records: readonly TracedRecord[], id: string): CausingEvent | null {
  for (const each of records) {
    const index = each.record.events.findIndex(
      (_, place) => eventId(each.record.commandId, place) === id,
    );
    if (index !== -1) return eventOf(each, index);
  }
  return null;
}

/** @returns `null` where the record has no event there */
export function eventOf(each: TracedRecord, index: number): CausingEvent | null {
  const { partition, position, record } = each;
  const actor = parseActorKey(record.actor);
  const event = record.events[index];
  if (!actor || !event) return null;
  return {
    id: eventId(record.commandId, index),
    type: event.type,
    actor,
    position: positionToken(partition, position),
    at: record.at,
    correlationId: record.correlationId,
  };
}
