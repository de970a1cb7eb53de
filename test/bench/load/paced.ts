/** Sends follows at a fixed rate, a process of its own: as many as are due, each once a connection is free. */
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, openAll } from './exchange.ts';
import { answerOrders } from './orders.ts';
import { followOf, followRequest, type Workload } from './workload.ts';

export interface PacedOrder {
  readonly port: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly workload: Workload;
}

export interface PacedReport {
  readonly commands: number;
  /** Answers other than 200. */
  readonly failed: number;
  readonly seconds: number;
  /** Latencies in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const CONNECTIONS = 32;
const TICK_MS = 2;

async function send({ port, perSecond, seconds, workload }: PacedOrder): Promise<PacedReport> {
  const sockets = await openAll(port, CONNECTIONS);
  const latencies: number[] = [];
  const all = perSecond * seconds;
  let [next, failed] = [0, 0];
  const start = performance.now();
  const one = async (socket: Socket): Promise<void> => {
    while (next < all) {
      if (next >= ((performance.now() - start) / 1_000) * perSecond) {
        await pause(TICK_MS);
        continue;
      }
      const request = followRequest(port, ...followOf(workload, workload.sent + next++));
      const sentAt = performance.now();
      const answer = await ask(socket, request);
      latencies.push(performance.now() - sentAt);
      if (answer.startsWith('HTTP/1.1 200')) continue;
      if (failed++ === 0) console.error(answer);
    }
  };
  await Promise.all(sockets.map(one));
  const took = (performance.now() - start) / 1_000;
  for (const socket of sockets) socket.destroy();
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { commands: sorted.length, failed, seconds: took, p50: at(0.5), p99: at(0.99) };
}

answerOrders(send);
