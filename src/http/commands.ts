import type { IncomingMessage } from 'node:http';
import type { Delivery, Engine, ValidCommand } from '../engine/engine.ts';
import { parseJson, readBody } from './body.ts';
import type { SecuredHandler, Serving } from './context.ts';
import { fieldFaults, refuseSearch } from './faults.ts';
import { idempotencyKey, ifMatch, traceId, wantsAsync } from './headers.ts';
import { HTTP_LIMITS } from './limits.ts';
import { mediaType } from './media-type.ts';
import { Refusal } from './problem.ts';
import { asyncResponse, outcomeResponse, outcomeResult, READ_HEADERS } from './reply.ts';
import { methodNotAllowed } from './routing.ts';

export const COMMAND_ROUTE = '/v1/commands/:type';
export const ASYNC_ROUTE = '/v1/commands/:commandId';

/** `POST /v1/commands/{type}`: the checks in the order the contract gives, then the engine. */
export function commandHandler(serving: Serving): SecuredHandler {
  const { engine, meters } = serving;
  return async (context, principal) => {
    const { incoming } = context.env;
    const type = context.req.param('type') ?? '';
    if (!engine.knows(type)) throw unknownCommand();
    const delivery = deliveryOf(incoming, principal);
    const later = wantsAsync(incoming);
    const bytes = await readBody(incoming, HTTP_LIMITS.commandBytesMax);
    if (mediaType(incoming, bytes.length > 0) !== 'json') throw wrongMediaType('application/json');
    const body = parseJson(bytes);
    refuseSearch(incoming);
    const command = checkedCommand(serving, type, body);
    if (later) {
      const answer = await engine.submitAsync(command, delivery);
      meters.kept(type, answer);
      return asyncResponse(answer);
    }
    const begunAt = meters.now();
    const outcome = await engine.submit(command, delivery);
    meters.decided(type, outcome, begunAt);
    return outcomeResponse(outcome);
  };
}

/** `GET /v1/commands/{commandId}`: what became of an async command. */
export function asyncHandler(engine: Engine): SecuredHandler {
  return async (context) => {
    const commandId = context.req.param('commandId') ?? '';
    // The same path with a command's name takes commands, and has nothing to read.
    if (engine.knows(commandId)) throw methodNotAllowed(['POST']);
    refuseSearch(context.env.incoming);
    const outcome = COMMAND_ID.test(commandId) ? await engine.asyncOutcome(commandId) : null;
    if (outcome === null) throw new Refusal('not_found', 'There is no such async command');
    const body = outcome === 'pending' ? '{"status":"pending"}' : outcomeResult(outcome);
    return new Response(body, { headers: READ_HEADERS });
  };
}

/** What an id can look like at all: others are not looked up. */
const COMMAND_ID = /^[\w.:-]{1,200}$/;

/** A delivery as the engine takes it, while its optional members are being set. */
export type MutableDelivery = { -readonly [Member in keyof Delivery]: Delivery[Member] };

function deliveryOf(incoming: IncomingMessage, principal: string): Delivery {
  const delivery: MutableDelivery = { principal };
  const key = idempotencyKey(incoming);
  if (key !== null) delivery.idempotencyKey = key;
  const version = ifMatch(incoming);
  if (version !== null) delivery.ifMatch = version;
  const trace = traceId(incoming);
  if (trace !== null) delivery.traceId = trace;
  return delivery;
}

/** @throws Refusal naming each faulty field, under `prefix` */
export function validCommand(
  engine: Engine,
  type: string,
  body: unknown,
  prefix = '',
): ValidCommand {
  const validation = engine.validate(type, body);
  if (validation.ok) return validation.command;
  throw new Refusal('validation_error', 'The command breaks its schema', {
    errors: fieldFaults(validation.issues, prefix),
  });
}

/** The same of a command that is to run, and is counted where it breaks its schema. */
export function checkedCommand(
  { engine, meters }: Serving,
  type: string,
  body: unknown,
  prefix = '',
): ValidCommand {
  try {
    return validCommand(engine, type, body, prefix);
  } catch (error) {
    meters.invalid(type);
    throw error;
  }
}

/** The refusal of a command that the app does not have. */
export function unknownCommand(): Refusal {
  return new Refusal('not_found', 'There is no such command type');
}

/** The refusal of a body of another type than the route reads. */
export function wrongMediaType(expected: string): Refusal {
  return new Refusal('unsupported_media_type', `The body must be ${expected} in UTF-8`);
}
