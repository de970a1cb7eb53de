/**
 * Sends follows in batches at a fixed rate, a process of its own: what a sender and a server take
 * for HTTP is small beside what they take for commands, so that two cores bear many of these.
 */
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, HEADER_END, openAll } from './exchange.ts';
import { answerOrders } from './orders.ts';
import { accountId, followOf, type Workload } from './workload.ts';

/** Begins, asks how many commands are done by now, or ends what was begun: answered by a report. */
export type BatchOrder =
  | {
      readonly kind: 'begin';
      readonly port: number;
      readonly perSecond: number;
      readonly workload: Workload;
      /** Commands of one batch. */
      readonly batch: number;
    }
  | { readonly kind: 'count' }
  | { readonly kind: 'end' };

export interface BatchReport {
  readonly commands: number;
  readonly seconds: number;
  /** Answers in which not all was accepted. */
  readonly failed: number;
}

const CONNECTIONS = 8;
const TICK_MS = 2;
/** What is later than this is not sent any more: it would come as a burst. */
const LATE_MS_MAX = 100;

class Sending {
  #isEnding = false;
  #next = 0;
  #done = 0;
  #failed = 0;
  readonly #start = performance.now();
  /** When all was in time, from where commands are counted that are due. */
  #inTime = { at: this.#start, next: 0 };
  readonly #ended: Promise<unknown>;

  constructor(private readonly order: Extract<BatchOrder, { kind: 'begin' }>) {
    this.#ended = this.#run();
  }

  get done(): number {
    return this.#done;
  }

  async end(): Promise<BatchReport> {
    this.#isEnding = true;
    await this.#ended;
    const seconds = (performance.now() - this.#start) / 1_000;
    return { commands: this.#done, seconds, failed: this.#failed };
  }

  async #run(): Promise<void> {
    const sockets = await openAll(this.order.port, CONNECTIONS);
    await Promise.all(sockets.map((socket) => this.#send(socket)));
    for (const socket of sockets) socket.destroy();
  }

  async #send(socket: Socket): Promise<void> {
    const { batch } = this.order;
    while (!this.#isEnding) {
      if (this.#next >= this.#due()) {
        await pause(TICK_MS);
        continue;
      }
      const from = this.#next;
      this.#next += batch;
      const answer = await ask(socket, this.#request(from));
      this.#done += batch;
      if (answer.startsWith('HTTP/1.1 200') && !answer.includes('"status":"failed"')) continue;
      if (this.#failed++ === 0) console.error(answer.slice(0, 500));
    }
  }

  #due(): number {
    const now = performance.now();
    const { perSecond } = this.order;
    const due = this.#inTime.next + ((now - this.#inTime.at) / 1_000) * perSecond;
    if (due - this.#next <= (LATE_MS_MAX / 1_000) * perSecond) return due;
    this.#inTime = { at: now, next: this.#next };
    return this.#next;
  }

  #request(from: number): string {
    const { port, workload, batch } = this.order;
    const commands = Array.from({ length: batch }, (_, place) => {
      const [follower, followee] = followOf(workload, workload.sent + from + place);
      return `{"type":"FollowAccount","data":{"followerId":"${accountId(follower)}","followeeId":"${accountId(followee)}"}}`;
    });
    const body = `{"commands":[${commands.join(',')}]}`;
    return (
      `POST /v1/commands HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}${HEADER_END}${body}`
    );
  }
}

let sending: Sending | null = null;

answerOrders(async (order: BatchOrder): Promise<BatchReport | number | 'begun' | undefined> => {
  if (order.kind === 'count') return sending?.done;
  if (order.kind === 'end') return sending?.end();
  sending = new Sending(order);
  return 'begun';
});
