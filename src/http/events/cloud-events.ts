import type { IncomingMessage } from 'node:http';
import { actorKey } from '../../engine/address.ts';
import type { TrailItem } from '../../engine/engine.ts';
import type { FeedGap } from '../../engine/live-feed.ts';
import type { EventEnvelope } from '../../engine/outcome.ts';
import { gapData } from './body.ts';

const CLOUD_EVENTS_TYPE = 'application/cloudevents+json';

/** Whether a request asks for events in the form of CloudEvents 1.0. */
export function wantsCloudEvents({ headers: { accept } }: IncomingMessage): boolean {
  if (accept === undefined) return false;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === CLOUD_EVENTS_TYPE && !parameters.some((part) => /^q=0(\.0*)?$/.test(part));
  });
}

/** An event as a CloudEvent in the JSON format; what the standard has no attribute for extends it. */
export function cloudEvent(event: EventEnvelope) {
  const { type, id } = event.actor;
  return {
    specversion: '1.0',
    id: event.id,
    source: `/v1/actors/${type}/${encodeURIComponent(id)}`,
    type: event.type,
    subject: actorKey(event.actor),
    time: event.occurredAt,
    datacontenttype: 'application/json',
    eventversion: event.version,
    actorversion: event.actor.version,
    position: event.position,
    correlationid: event.correlationId,
    causationid: event.causationId,
    data: event.data,
  };
}

/** A gap of the feed as a CloudEvent. @param source the feed's route */
export function cloudGap(source: string, gap: FeedGap) {
  return {
    specversion: '1.0',
    id: `${gap.after}-${gap.before}`,
    source,
    type: 'gap',
    datacontenttype: 'application/json',
    data: gapData(gap),
  };
}

/** An event of a trail as a CloudEvent: extensions are no objects, so that these are JSON text. */
export function cloudTrailItem(item: TrailItem) {
  const { data, ...attributes } = cloudEvent(item);
  return {
    ...attributes,
    causetype: item.cause.type,
    causedata: JSON.stringify(item.cause.data),
    facts: JSON.stringify(item.facts),
    data,
  };
}
