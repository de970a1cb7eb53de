/** Requests of the inspector's page, one at a time: how long they take, and what of the server. */
import type { AskOrder, AskReport } from '../../load/asking.ts';
import { nextMessage, startNode, stop } from '../../parts/children.ts';
import { get } from '../../parts/client.ts';
import { micros } from '../../parts/measure.ts';
import { cpuSeconds } from '../../parts/processes.ts';
import { check, microseconds, ms, rate, table } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';

/** Requests of one kind, asked in turn. */
export interface Questions {
  readonly name: string;
  /** Below the inspector's own routes. */
  readonly paths: readonly string[];
}

export interface Asked {
  readonly name: string;
  readonly answers: number;
  readonly p50: number;
  readonly p99: number;
  readonly serverMicros: number | null;
}

const API = '/inspector/api';

/** An answer of the inspector. @throws where it is not 200 */
export async function ask<Body>({ port }: Target, path: string): Promise<Body> {
  const { status, body } = await get(port, `${API}${path}`);
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${body}`);
  return JSON.parse(body);
}

/** Asks each kind for some seconds, each over one connection. */
export async function askAll(
  { port, pid }: Target,
  all: readonly Questions[],
  seconds: number,
): Promise<readonly Asked[]> {
  const asking = startNode(new URL('../../load/asking.js', import.meta.url));
  const asked: Asked[] = [];
  try {
    for (const { name, paths } of all) {
      const order: AskOrder = {
        port,
        paths: paths.map((path) => `${API}${path}`),
        connections: 1,
        seconds,
      };
      const before = cpuSeconds(pid);
      asking.send(order);
      const { answers, failed, p50, p99 } = await nextMessage<AskReport>(asking);
      if (failed > 0) throw new Error(`${failed} answers to ${name} were not 200`);
      asked.push({
        name,
        answers,
        p50,
        p99,
        serverMicros: micros(before, cpuSeconds(pid), answers),
      });
    }
  } finally {
    await stop(asking);
  }
  return asked;
}

export function print(asked: readonly Asked[]): void {
  table(
    ['asked', 'answers', 'p50 ms', 'p99 ms', 'server µs'],
    asked.map(({ name, answers, p50, p99, serverMicros }) => [
      name,
      rate(answers),
      ms(p50),
      ms(p99),
      microseconds(serverMicros),
    ]),
  );
}

/** Judges the slowest by what one waits for at most. */
export function judge(what: string, asked: readonly Asked[], msMax: number): void {
  const slowest = asked.reduce((a, b) => (b.p99 > a.p99 ? b : a));
  check(`${what}, ms at p99, the slowest: ${slowest.name}`, slowest.p99, { max: msMax });
}
