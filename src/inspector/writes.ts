import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import { z } from 'zod';
import { isOwnOrigin } from '../http/auth/foreign-page.ts';
import { parseJson, readBody } from '../http/body.ts';
import type { HttpEnv, SecuredHandler, ServerLog } from '../http/context.ts';
import { fieldFaults, refuseSearch } from '../http/faults.ts';
import { HTTP_LIMITS } from '../http/limits.ts';
import { Refusal } from '../http/problem.ts';
import { nothingThere } from '../http/reading.ts';
import { READ_HEADERS } from '../http/reply.ts';
import { WRITE_HEADER } from './protocol.ts';

/** One who asks the inspector to change something. */
export interface WriteCall<Body> {
  readonly body: Body;
  /** Who asks. */
  readonly principal: string;
  /** A part of the path, decoded. */
  param(name: string): string;
  /** Says more to the log of what is written than its path does. */
  target(more: Readonly<Record<string, unknown>>): void;
}

/** What a write does, and how it is told to the log. */
export interface WriteRoute<S extends z.ZodType> {
  /** What is done, in the words of the log: `policy.pause`. */
  readonly what: string;
  /** What the body must be. */
  readonly body: S;
  /** Does it. `null`: there is no such thing. */
  act(call: WriteCall<z.output<S>>): Promise<unknown>;
}

/** The body of a write that needs none. */
export const noBody = z.strictObject({});

/**
 * A `POST` of the inspector: refused without its own header and from other origins, its body checked,
 * and one audit line written, with who did what to which, whatever comes of it.
 */
export function writeHandler<S extends z.ZodType>(
  log: ServerLog,
  route: WriteRoute<S>,
): SecuredHandler {
  return async (context, principal) => {
    let target: Readonly<Record<string, unknown>> = context.req.param();
    const say = (outcome: string): void => {
      log.info({ audit: route.what, principal, target, outcome }, 'a write of the inspector');
    };
    try {
      const body = await readWrite(context, route.body);
      const result = await route.act({
        body,
        principal,
        param: (name) => context.req.param(name) ?? '',
        target: (more) => {
          target = { ...target, ...more };
        },
      });
      if (result === null) throw nothingThere();
      say('done');
      return new Response(JSON.stringify(result), { headers: READ_HEADERS });
    } catch (error) {
      say(error instanceof Refusal ? error.code : 'failed');
      throw error;
    }
  };
}

/** A `POST` that changes nothing, such as a dry run: the same checks, without an audit line. */
export function askHandler<S extends z.ZodType>(
  schema: S,
  answer: (call: { readonly body: z.output<S>; readonly principal: string }) => Promise<unknown>,
): SecuredHandler {
  return async (context, principal) => {
    const result = await answer({ body: await readWrite(context, schema), principal });
    if (result === null) throw nothingThere();
    return new Response(JSON.stringify(result), { headers: READ_HEADERS });
  };
}

/** @throws Refusal where it may not be, or its body is not as it must be */
async function readWrite<S extends z.ZodType>(
  { env: { incoming } }: Context<HttpEnv>,
  schema: S,
): Promise<z.output<S>> {
  checkOrigin(incoming);
  refuseSearch(incoming);
  const bytes = await readBody(incoming, HTTP_LIMITS.commandBytesMax);
  const parsed = schema.safeParse(bytes.length === 0 ? {} : parseJson(bytes));
  if (parsed.success) return parsed.data;
  throw new Refusal('validation_error', 'The body breaks its schema', {
    errors: fieldFaults(parsed.error.issues),
  });
}

/**
 * The header is one that no page of another origin can set without asking the server first, which
 * does not allow it; what browsers say of the page's origin is compared besides.
 * @throws Refusal `forbidden`
 */
function checkOrigin({ headers }: IncomingMessage): void {
  if (headers[WRITE_HEADER] !== '1') {
    throw new Refusal('forbidden', `A write needs the header ${WRITE_HEADER}: 1`);
  }
  const site = headers['sec-fetch-site'];
  const isForeign =
    site === undefined
      ? headers.origin !== undefined && !isOwnOrigin(headers)
      : site !== 'same-origin' && site !== 'none';
  if (isForeign) throw new Refusal('forbidden', 'Pages of other origins may not write');
}
