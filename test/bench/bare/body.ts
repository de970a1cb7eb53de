import type { IncomingMessage } from 'node:http';

/** A request's body as text, read from the socket's own message. */
export function readBody(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let first: Buffer | null = null;
    let more: Buffer[] | null = null;
    incoming.on('data', (chunk: Buffer) => {
      if (first === null) first = chunk;
      else if (more === null) more = [first, chunk];
      else more.push(chunk);
    });
    incoming.on('end', () => {
      const whole = more === null ? first : Buffer.concat(more);
      resolve(whole === null ? '' : whole.toString('utf8'));
    });
    incoming.on('error', reject);
  });
}
