/** Asks queries, a process of its own: each connection one after another, the paths in turn. */
import { drive, HEADER_END, openAll } from './exchange.ts';
import { answerOrders } from './orders.ts';

export interface AskOrder {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly paths: readonly string[];
}

export interface AskReport {
  readonly answers: number;
  /** Answers other than 200. */
  readonly failed: number;
  readonly seconds: number;
  /** Latencies in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

async function ask({ port, connections, seconds, paths }: AskOrder): Promise<AskReport> {
  const sockets = await openAll(port, connections);
  const requests = paths.map(
    (path) => `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}${HEADER_END}`,
  );
  const latencies: number[] = [];
  let [next, failed] = [0, 0];
  const start = performance.now();
  const deadline = start + seconds * 1_000;
  const one = (socket: (typeof sockets)[number]) =>
    new Promise<void>((resolve) => {
      drive(
        socket,
        () => (performance.now() < deadline ? (requests[next++ % requests.length] ?? null) : null),
        (answer, latencyMs) => {
          latencies.push(latencyMs);
          if (answer.startsWith('HTTP/1.1 200')) return;
          if (failed++ === 0) console.error(answer);
        },
        resolve,
      );
    });
  await Promise.all(sockets.map(one));
  const took = (performance.now() - start) / 1_000;
  for (const socket of sockets) socket.destroy();
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { answers: sorted.length, failed, seconds: took, p50: at(0.5), p99: at(0.99) };
}

answerOrders(ask);
