/** Raw sockets, each with one request at a time: of an answer only its status and length are looked at. */
import { connect, type Socket } from 'node:net';

export const HEADER_END = '\r\n\r\n';

/** Connections to a server of this machine. */
export function openAll(port: number, connections: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: connections }, () => open(port)));
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

/**
 * Has a socket send one request after another, each once the answer before it is there.
 * @param next the next request; `null` ends it
 * @param onAnswer told of each answer, with its latency in milliseconds
 */
export function drive(
  socket: Socket,
  next: () => string | null,
  onAnswer: (answer: string, latencyMs: number) => void,
  onEnd: () => void,
): void {
  let sentAt = 0;
  let pending = '';
  const send = (): void => {
    const request = next();
    if (request === null) {
      socket.removeAllListeners('data');
      onEnd();
      return;
    }
    sentAt = performance.now();
    socket.write(request, 'latin1');
  };
  socket.on('data', (chunk: Buffer) => {
    const text = pending + chunk.toString('latin1');
    if (!isWhole(text)) {
      pending = text;
      return;
    }
    pending = '';
    onAnswer(text, performance.now() - sentAt);
    send();
  });
  send();
}

/** Sends one request, and gives its answer. */
export function ask(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const onData = (chunk: Buffer): void => {
      answer += chunk.toString('latin1');
      if (!isWhole(answer)) return;
      socket.off('data', onData);
      resolve(answer);
    };
    socket.on('data', onData);
    socket.write(request, 'latin1');
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf(HEADER_END);
  if (end < 0) return false;
  const field = text.indexOf('ontent-', 0);
  const length = lengthIn(text, field, end);
  return text.length >= end + HEADER_END.length + length;
}

/** The content length among the headers that end at `end`. */
function lengthIn(text: string, from: number, end: number): number {
  for (let at = from; at >= 0 && at < end; at = text.indexOf('ontent-', at + 1)) {
    const next = text.charCodeAt(at + 7);
    if (next === 0x6c || next === 0x4c) return Number.parseInt(text.slice(at + 15, at + 24), 10);
  }
  throw new Error(`an answer without a length: ${text.slice(0, end)}`);
}
