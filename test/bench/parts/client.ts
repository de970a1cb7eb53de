/** One request at a time, or a few: what the load generator is not needed for. */
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export function get(port: number, path: string): Promise<Answer> {
  return exchange(port, 'GET', path, null);
}

/** @param type the body's media type */
export function post(
  port: number,
  path: string,
  body: Buffer,
  type = 'application/json',
): Promise<Answer> {
  return exchange(port, 'POST', path, { 'content-type': type, bytes: body });
}

function exchange(
  port: number,
  method: string,
  path: string,
  sent: { 'content-type': string; bytes: Buffer } | null,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = sent
      ? { 'content-type': sent['content-type'], 'content-length': sent.bytes.length }
      : {};
    const outgoing = request({ agent, host: '127.0.0.1', port, path, method, headers });
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(sent?.bytes);
  });
}
