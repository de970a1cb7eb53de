/** Looks at the inspector's live feeds, a process of its own: counts what comes. */
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { HEADER_END, openAll } from './exchange.ts';
import { answerOrders } from './orders.ts';

/** The page's stream, or the feed in Stately's format. */
export type Feed = 'page' | 'stately';

/** Has viewers come, or ends those who came, which is answered by a report. */
export type LookOrder =
  | {
      readonly kind: 'begin';
      readonly port: number;
      readonly feed: Feed;
      readonly viewers: number;
      /** Those beside them that take nothing from their sockets. */
      readonly stalled: number;
    }
  | { readonly kind: 'end' };

export interface LookReport {
  readonly seconds: number;
  /** What all viewers got together. */
  readonly bytes: number;
  /** Frames of the page's stream, or messages of Stately's feed. */
  readonly pieces: number;
  /** What was kept for those who were stalled, and came once they took it: of all together. */
  readonly heldBytes: number;
}

/** How long those who were stalled are then listened to, in milliseconds. */
const HELD_MS = 500;
/** What a feed is asked for by, and what each piece of it begins with. */
const FEEDS = {
  page: { path: '/inspector/api/live', headers: '', mark: '\ndata: ' },
  stately: {
    path: '/inspector/stately',
    headers:
      '\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13' +
      '\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    mark: '{"type":"@xstate.',
  },
} as const;

class Looking {
  readonly #sockets: Socket[] = [];
  readonly #stalled: Socket[] = [];
  #start = performance.now();
  #bytes = 0;
  #pieces = 0;

  async begin({
    port,
    feed,
    viewers,
    stalled,
  }: Extract<LookOrder, { kind: 'begin' }>): Promise<void> {
    this.#sockets.push(...(await openAll(port, viewers + stalled)));
    const { path, headers, mark } = FEEDS[feed];
    const begun = this.#sockets.map((socket, number) => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}${headers}${HEADER_END}`);
      return this.#first(socket, Buffer.from(mark), number >= viewers);
    });
    await Promise.all(begun);
    this.#start = performance.now();
  }

  async end(): Promise<LookReport> {
    const seconds = (performance.now() - this.#start) / 1_000;
    const report = { seconds, bytes: this.#bytes, pieces: this.#pieces };
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
  #first(socket: Socket, mark: Buffer, isStalled: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('data', () => {
        resolve();
        if (isStalled) {
          socket.pause();
          this.#stalled.push(socket);
        } else {
          socket.on('data', (chunk: Buffer) => this.#count(chunk, mark));
        }
      });
    });
  }

  #count(chunk: Buffer, mark: Buffer): void {
    this.#bytes += chunk.length;
    for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + 1)) this.#pieces++;
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
