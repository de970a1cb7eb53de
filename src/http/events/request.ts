import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { App } from '../../define/index.ts';
import { parseActorKey } from '../../engine/address.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { Refusal } from '../problem.ts';

/** The query parameters of the live feed: which events of the app, and of whom. */
export function eventsSearch(app: App) {
  const known = new Set([...app.aggregates.values()].flatMap(({ events }) => Object.keys(events)));
  const types = z
    .string()
    .transform((list) => list.split(','))
    .refine((types) => types.every((type) => known.has(type)), 'Names no event type there is');
  return z.strictObject({ types: types.optional(), actor: actorSchema(app).optional() });
}

/** An actor that a query parameter names, of a type of the app. */
export function actorSchema(app: App) {
  return z
    .string()
    .max(HTTP_LIMITS.actorKeyCharsMax)
    .transform(parseActorKey)
    .refine((actor) => actor !== null && app.aggregates.has(actor.type), {
      message: 'No actor: expected type:id',
    });
}

/**
 * The refusal of one more who would be told what happens.
 * @param what there is no room for
 */
export function noRoomFor(what: string): Refusal {
  return new Refusal('overloaded', `The node has no room for another ${what}`, {
    headers: { 'retry-after': String(HTTP_LIMITS.retryAfterSeconds) },
  });
}

/** What the client has had, `null` where it says nothing of that. @throws Refusal */
export function lastEventId(incoming: IncomingMessage): string | null {
  const given = incoming.headersDistinct['last-event-id'] ?? [];
  if (given.length > 1) throw badLastEventId();
  // A client that has had nothing may say so.
  return given[0] || null;
}

/** The refusal of an id that no event of this feed has. */
export function badLastEventId(): Refusal {
  return new Refusal('malformed_request', 'Last-Event-ID is no place of this feed');
}
