/**
 * The load generator, a process of its own: raw sockets, each with one request at a time, requests
 * put together from constant parts, of the answers only status and length looked at.
 */
import { connect, type Socket } from 'node:net';
import { accountId, followOf, type Workload } from './workload.ts';

export interface LoadOrder {
  readonly port: number;
  readonly connections: number;
  readonly workload: Workload;
  readonly seconds: number;
}

export interface LoadReport {
  readonly commands: number;
  /** Answers other than 200. */
  readonly failed: number;
  readonly seconds: number;
  /** Latencies in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Seconds of CPU that the generator took. */
  readonly cpu: number;
  /** The number of the next follow of this workload. */
  readonly next: number;
}

const HEADER_END = '\r\n\r\n';

class Run {
  readonly #order: LoadOrder;
  readonly #head: string;
  readonly #latencies: number[] = [];
  readonly #done: (report: LoadReport) => void;
  readonly #cpu = process.cpuUsage();
  readonly #start = performance.now();
  readonly #deadline: number;
  #next: number;
  #failed = 0;
  #open = 0;

  constructor(order: LoadOrder, done: (report: LoadReport) => void) {
    this.#order = order;
    this.#done = done;
    this.#next = order.workload.sent;
    this.#deadline = this.#start + order.seconds * 1_000;
    const length = body(accountId(0), accountId(1)).length;
    this.#head =
      `POST /v1/commands/FollowAccount HTTP/1.1\r\nhost: 127.0.0.1:${order.port}\r\n` +
      `content-type: application/json\r\ncontent-length: ${length}${HEADER_END}`;
  }

  begin(sockets: readonly Socket[]): void {
    this.#open = sockets.length;
    for (const socket of sockets) this.#drive(socket);
  }

  #drive(socket: Socket): void {
    let sentAt = 0;
    let pending = '';
    const send = (): void => {
      sentAt = performance.now();
      if (sentAt >= this.#deadline) {
        socket.removeAllListeners('data');
        this.#close();
        return;
      }
      const [follower, followee] = followOf(this.#order.workload, this.#next++);
      socket.write(this.#head + body(accountId(follower), accountId(followee)), 'latin1');
    };
    socket.on('data', (chunk: Buffer) => {
      const text = pending + chunk.toString('latin1');
      if (!isWhole(text)) {
        pending = text;
        return;
      }
      pending = '';
      this.#latencies.push(performance.now() - sentAt);
      if (!text.startsWith('HTTP/1.1 200')) this.#fail(text);
      send();
    });
    send();
  }

  #fail(text: string): void {
    this.#failed++;
    if (this.#failed === 1) console.error(text);
  }

  #close(): void {
    if (--this.#open > 0) return;
    const seconds = (performance.now() - this.#start) / 1_000;
    const { user, system } = process.cpuUsage(this.#cpu);
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    this.#done({
      commands: sorted.length,
      failed: this.#failed,
      seconds,
      p50: at(0.5),
      p99: at(0.99),
      cpu: (user + system) / 1e6,
      next: this.#next,
    });
  }
}

function body(follower: string, followee: string): string {
  return `{"followerId":"${follower}","followeeId":"${followee}"}`;
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

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

async function carryOut(order: LoadOrder): Promise<void> {
  const sockets = await Promise.all(
    Array.from({ length: order.connections }, () => open(order.port)),
  );
  new Run(order, (report) => {
    for (const socket of sockets) socket.destroy();
    process.send?.(report);
  }).begin(sockets);
}

process.on('message', (order: LoadOrder) => {
  carryOut(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
