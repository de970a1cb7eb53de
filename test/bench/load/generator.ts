/**
 * The load generator, a process of its own: raw sockets, each with one request at a time, requests
 * put together from constant parts, of the answers only status and length looked at.
 */
import type { Socket } from 'node:net';
import { drive, HEADER_END, openAll } from './exchange.ts';
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
    drive(
      socket,
      () => {
        if (performance.now() >= this.#deadline) return null;
        const [follower, followee] = followOf(this.#order.workload, this.#next++);
        return this.#head + body(accountId(follower), accountId(followee));
      },
      (answer, latencyMs) => {
        this.#latencies.push(latencyMs);
        if (!answer.startsWith('HTTP/1.1 200')) this.#fail(answer);
      },
      () => this.#close(),
    );
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

async function carryOut(order: LoadOrder): Promise<void> {
  const sockets = await openAll(order.port, order.connections);
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
