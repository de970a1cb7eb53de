/** What a viewer's request is checked for before it is answered with a WebSocket. */
import type { IncomingHttpHeaders } from 'node:http';
import { isOwnOrigin } from '../../http/auth/foreign-page.ts';
import { Refusal } from '../../http/problem.ts';

/**
 * Before the token, in base64url, in a subprotocol that is offered: a page can set no header of a
 * WebSocket, and what stands in an address is logged.
 */
const BEARER = 'bearer.';

/**
 * A request's headers, its token where access looks for it.
 * @throws Refusal where nothing but the token is offered, which a browser would not take for an answer
 */
export function withBearer(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  if (headers.authorization !== undefined) return headers;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  const bearer = offered.find((each) => each.startsWith(BEARER));
  if (bearer === undefined) return headers;
  if (protocolOf(offered) === null) {
    throw new Refusal('malformed_request', `Offer another subprotocol beside ${BEARER}…`);
  }
  const token = Buffer.from(bearer.slice(BEARER.length), 'base64url').toString();
  return { ...headers, authorization: `Bearer ${token}` };
}

/** The subprotocol to answer with, which is never the token; `null`: none. */
export function protocolOf(offered: Iterable<string>): string | null {
  for (const each of offered) if (!each.startsWith(BEARER)) return each;
  return null;
}

/**
 * A browser lets every page open a WebSocket, says whose page it is, and leaves the rest to the server.
 * @param allowed origins other than the server's own whose pages may
 * @throws Refusal
 */
export function checkOrigin(headers: IncomingHttpHeaders, allowed: readonly string[]): void {
  const { origin } = headers;
  if (origin === undefined || allowed.includes(origin) || isOwnOrigin(headers)) return;
  throw new Refusal('forbidden', 'Pages of other origins may not look');
}
