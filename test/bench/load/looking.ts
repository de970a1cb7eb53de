/** Looks at the inspector's live stream, a process of its own: counts what comes. */
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { HEADER_END, openAll } from './exchange.ts';
import { answerOrders } from './orders.ts';

/** Has viewers come, or ends those who came, which is answered by a report. */
export type LookOrder =
  | {
      readonly kind: 'begin';
      readonly port: number;
      readonly viewers: number;
      /** Those beside them that take nothing from their sockets. */
      readonly stalled: number;
    }
  | { readonly kind: 'end' };

export interface LookReport {
  readonly seconds: number;
  /** What all viewers got together. */
  readonly bytes: number;
  readonly frames: number;
  /** What was kept for those who were stalled, and came once they took it: of all together. */
  readonly heldBytes: number;
}

const DATA = Buffer.from('\ndata: ');
/** How long those who were stalled are then listened to, in milliseconds. */
const HELD_MS = 500;
const PATH = '/inspector/api/live';

class Looking {
  readonly #sockets: Socket[] = [];
  readonly #stalled: Socket[] = [];
  #start = performance.now();
  #bytes = 0;
  #frames = 0;

  async begin({ port, viewers, stalled }: Extract<LookOrder, { kind: 'begin' }>): Promise<void> {
    this.#sockets.push(...(await openAll(port, viewers + stalled)));
    const begun = this.#sockets.map((socket, number) => {
      socket.write(`GET ${PATH} HTTP/1.1\r\nhost: 127.0.0.1:${port}${HEADER_END}`);
      return this.#first(socket, number >= viewers);
    });
    await Promise.all(begun);
    this.#start = performance.now();
  }

  async end(): Promise<LookReport> {
    const seconds = (performance.now() - this.#start) / 1_000;
    const report = { seconds, bytes: this.#bytes, frames: this.#frames };
    let heldBytes = 0;
    for (const socket of this.#stalled) {
      socket.on('data', ({ length }: Buffer) => {
        heldBytes += length;
      });
      socket.resume();
    }
    if (this.#stalled.length > 0) await pause(HELD_MS);
    for (const socket of this.#sockets) socket.destroy();
    return { ...report, heldBytes };
  }

  /** Resolves with the first it gets; one that is stalled then takes no more. */
  #first(socket: Socket, isStalled: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('data', () => {
        resolve();
        if (isStalled) {
          socket.pause();
          this.#stalled.push(socket);
        } else {
          socket.on('data', (chunk: Buffer) => this.#count(chunk));
        }
      });
    });
  }

  #count(chunk: Buffer): void {
    this.#bytes += chunk.length;
    for (let at = chunk.indexOf(DATA); at >= 0; at = chunk.indexOf(DATA, at + 1)) this.#frames++;
  }
}

let looking = new Looking();

async function carryOut(order: LookOrder): Promise<LookReport | 'looking'> {
  if (order.kind === 'end') return looking.end();
  looking = new Looking();
  await looking.begin(order);
  return 'looking';
}

answerOrders(carryOut);
