import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HTTP_LIMITS } from './limits.ts';
import { Refusal } from './problem.ts';

/** The client went away before its request was whole: nobody waits for an answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * Reads a request's body from the socket's own message: the web Request would cost more than
 * everything else that a command does here.
 * @param bytesMax longer bodies are refused as soon as that is known
 * @throws Refusal when it is too large or comes too slowly, ClientGone
 */
export function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = incoming.headers['content-length'];
  if (declared !== undefined && Number(declared) > bytesMax) {
    return Promise.reject(tooLarge(bytesMax));
  }
  if (incoming.destroyed) return Promise.reject(new ClientGone('the client went away'));
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    let done = false;
    const end = (): boolean => {
      if (done) return false;
      done = true;
      clearTimeout(timer);
      return true;
    };
    const refuse = (error: Error): void => {
      if (!end()) return;
      chunks = [];
      incoming.off('data', onData);
      reject(error);
    };
    const timer = setTimeout(() => refuse(tooSlow()), HTTP_LIMITS.bodyMsMax);
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > bytesMax) refuse(tooLarge(bytesMax));
      else chunks.push(chunk);
    };
    incoming.on('data', onData);
    incoming.on('end', () => {
      const [first] = chunks;
      if (end()) resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks));
    });
    incoming.on('close', () => {
      // Comes after every request: an error is not made for nothing.
      if (!done) refuse(new ClientGone('the client went away'));
    });
  });
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal('too_large', `The body is larger than ${bytesMax} bytes`);
}

function tooSlow(): Refusal {
  return new Refusal('malformed_request', 'The body did not arrive in time', {
    headers: { connection: 'close' },
  });
}

/**
 * Parses bytes as JSON. Of members of one name the last counts.
 * @throws Refusal when they are no UTF-8, no JSON, nested too deeply, or hold half a character
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Refusal('malformed_request', 'The body is not UTF-8');
  if (isNestedTooDeeply(bytes)) {
    throw new Refusal(
      'malformed_request',
      `The body is nested more than ${HTTP_LIMITS.nestingMax} deep`,
    );
  }
  const text = bytes.toString('utf8');
  try {
    return MAY_BE_HALF.test(text) ? JSON.parse(text, refuseHalf) : JSON.parse(text);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // The parser's own message would quote the body.
    throw new Refusal('malformed_request', 'The body is not JSON');
  }
}

/** Only an escape can spell one half of a surrogate pair. */
const MAY_BE_HALF = /\\u[dD]/;

/** Two different halves would become the same character where text is stored as UTF-8. */
function refuseHalf(key: string, value: unknown): unknown {
  if (key.isWellFormed() && (typeof value !== 'string' || value.isWellFormed())) return value;
  throw new Refusal('malformed_request', 'The body holds half of a surrogate pair');
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Sets the bit in which `[` differs from `{`, and `]` from `}`. */
const BRACE_BIT = 0x20;

/** Looks before the parse, in one pass without recursion: depth costs memory while it is parsed. */
function isNestedTooDeeply(bytes: Buffer): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) {
      if (byte === BACKSLASH) index++;
    } else if ((byte | BRACE_BIT) === (OPEN_BRACKET | BRACE_BIT)) {
      if (++depth > HTTP_LIMITS.nestingMax) return true;
    } else if ((byte | BRACE_BIT) === (CLOSE_BRACKET | BRACE_BIT)) depth--;
  }
  return false;
}
