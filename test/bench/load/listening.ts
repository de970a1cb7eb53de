/** Listens to the feed, a process of its own: counts what each client gets, and how late some of it is. */
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { HEADER_END, openAll } from './exchange.ts';
import { answerOrders } from './orders.ts';

/** First has clients begin to listen; then waits until each has so many events, and ends them. */
export type ListenOrder =
  | {
      readonly kind: 'begin';
      readonly port: number;
      readonly clients: number;
      /** Those beside them that take nothing from their sockets. */
      readonly stalled: number;
    }
  | { readonly kind: 'end'; readonly events: number };

export interface ListenReport {
  /** Events that all clients got together. */
  readonly events: number;
  /** Those that the client with the fewest got. */
  readonly fewest: number;
  /** Until the last client had all, in seconds since the first event. */
  readonly seconds: number;
  /** Milliseconds from an event's time, which is its command's, until a client has it. */
  readonly p50: number;
  readonly p99: number;
  /** Seconds of CPU that listening took. */
  readonly cpu: number;
}

const EVENT = Buffer.from('\ndata: {');
const TIME = Buffer.from('"occurredAt":"');
const TIME_LENGTH = '2026-01-01T00:00:00.000Z'.length;
/** Of so many events of a client the lateness of one is looked at. */
const SAMPLED = 20;
const LATE_MS_MAX = 20_000;
const LOOK_MS = 5;

class Listeners {
  readonly #sockets: Socket[] = [];
  readonly #counts: number[] = [];
  readonly #delays: number[] = [];
  readonly #cpu = process.cpuUsage();
  #first = 0;
  #last = 0;

  async begin(port: number, clients: number, stalled: number): Promise<void> {
    this.#sockets.push(...(await openAll(port, clients + stalled)));
    await Promise.all(
      this.#sockets.map((socket, client) => {
        socket.write(`GET /v1/events HTTP/1.1\r\nhost: 127.0.0.1:${port}${HEADER_END}`);
        if (client >= clients) return socket.pause();
        return this.#listen(socket, client);
      }),
    );
  }

  async end(events: number): Promise<ListenReport> {
    const deadline = performance.now() + LATE_MS_MAX;
    while (this.#fewest() < events && performance.now() < deadline) await pause(LOOK_MS);
    for (const socket of this.#sockets) socket.destroy();
    const sorted = Float64Array.from(this.#delays).sort();
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      events: this.#counts.reduce((sum, count) => sum + count, 0),
      fewest: this.#fewest(),
      seconds: (this.#last - this.#first) / 1_000,
      p50: at(0.5),
      p99: at(0.99),
      cpu: (user + system) / 1e6,
    };
  }

  #fewest(): number {
    return this.#counts.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...this.#counts);
  }

  /** Resolves with the first beat: from then on every event comes. */
  #listen(socket: Socket, client: number): Promise<void> {
    this.#counts[client] = 0;
    let rest: Buffer = Buffer.alloc(0);
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.on('data', (chunk: Buffer) => {
        if (chunk.includes(': beat')) resolve();
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        rest = bytes.subarray(this.#count(bytes, client));
      });
    });
  }

  /** Counts the events in it, up to the last of which the time is there. @returns where to go on */
  #count(bytes: Buffer, client: number): number {
    const now = performance.timeOrigin + performance.now();
    let done = Math.max(0, bytes.length - EVENT.length + 1);
    for (let from = bytes.indexOf(EVENT); from >= 0; from = bytes.indexOf(EVENT, from + 1)) {
      const time = bytes.indexOf(TIME, from);
      const end = time + TIME.length + TIME_LENGTH;
      if (time < 0 || end > bytes.length) return from;
      const count = (this.#counts[client] ?? 0) + 1;
      this.#counts[client] = count;
      if (count % SAMPLED === 0) {
        const at = bytes.toString('latin1', time + TIME.length, end);
        this.#delays.push(now - Date.parse(at));
      }
      this.#first ||= now;
      this.#last = now;
      done = Math.max(done, end);
      from = end;
    }
    return done;
  }
}

let listeners = new Listeners();

async function carryOut(order: ListenOrder): Promise<ListenReport | 'listening'> {
  if (order.kind === 'end') return listeners.end(order.events);
  listeners = new Listeners();
  await listeners.begin(order.port, order.clients, order.stalled);
  return 'listening';
}

answerOrders(carryOut);
