import type { IncomingMessage } from 'node:http';

/** What a body is said to be, as far as a route here reads it. */
export type MediaType = 'json' | 'ndjson' | 'other';

/**
 * The media type of a request's body. Without a body there is none to be wrong; a body without
 * a declared type is `other`: a web page may send that to a foreign server unasked.
 */
export function mediaType(incoming: IncomingMessage, hasBody: boolean): MediaType {
  const { 'content-type': type, 'content-encoding': encoding } = incoming.headers;
  if (type === 'application/json' && encoding === undefined) return 'json';
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return 'other';
  if (type === undefined) return hasBody ? 'other' : 'json';
  const [essence = '', ...parameters] = type.toLowerCase().split(';');
  if (!parameters.every(isReadable)) return 'other';
  switch (essence.trim()) {
    case 'application/json':
      return 'json';
    case 'application/x-ndjson':
      return 'ndjson';
    default:
      return 'other';
  }
}

/** Only a charset decides how a body is read: other parameters are passed over. */
function isReadable(parameter: string): boolean {
  return !/^\s*charset\s*=/.test(parameter) || /^\s*charset\s*=\s*"?utf-?8"?\s*$/.test(parameter);
}
