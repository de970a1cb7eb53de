import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange } from './broken-request.ts';

/** What takes connections over that are to carry something else than HTTP. */
export interface Upgrades {
  /** Whether a request is for it. All others are answered as if they had not asked. */
  takes(incoming: IncomingMessage): boolean;
  /** Takes a connection over, or answers why not and ends it. */
  open(incoming: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * Has connections taken over, once what was asked on them before is answered. Node before 22.21
 * cannot be told which, and hands over all that ask for an upgrade, such as those of clients that
 * would rather speak HTTP/2: these are given back, to be answered as they are elsewhere.
 * @param latest the last request that was read on each connection
 * @returns cuts off all connections that were taken over: the server knows of them no more
 */
export function takeUpgrades(
  server: Server,
  upgrades: Upgrades,
  latest: WeakMap<Duplex, Exchange>,
): () => void {
  const taken = new Set<Duplex>();
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Nobody listens to it now, and an error that nobody hears ends the process.
    socket.on('error', ignore);
    const forget = (): void => void taken.delete(socket);
    taken.add(socket);
    socket.once('close', forget);
    const take = (): void => {
      if (socket.destroyed || !socket.writable) socket.destroy();
      else if (upgrades.takes(incoming)) upgrades.open(incoming, socket, head);
      else {
        forget();
        socket.off('close', forget);
        giveBack(server, incoming, head);
      }
    };
    const before = latest.get(incoming.socket)?.outgoing;
    if (before === undefined || before.closed) take();
    else afterAnswer(before, socket, take);
  });
  return () => {
    for (const socket of taken) socket.destroy();
  };
}

/** Waits for the end of an answer to what was asked before. */
function afterAnswer(before: ServerResponse, socket: Duplex, take: () => void): void {
  // Node listens to this no more, and an answer that is written in parts waits for it.
  const drain = (): void => void before.emit('drain');
  socket.on('drain', drain);
  before.once('close', () => {
    socket.off('drain', drain);
    take();
  });
}

function ignore(): void {}

/** Has node read a request once more that now asks for no upgrade, and all that comes after it. */
function giveBack(server: Server, incoming: IncomingMessage, head: Buffer): void {
  const { socket, method, url, httpVersion, rawHeaders } = incoming;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (name.toLowerCase() !== 'upgrade') text += `${name}: ${value}\r\n`;
  }
  // Set after the answer before, for a connection that rests.
  socket.setTimeout(0);
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
  socket.off('error', ignore);
}
