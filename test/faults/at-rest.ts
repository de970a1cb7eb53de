import { z } from 'zod';
import type { Client } from './client.ts';
import { until } from './fleet.ts';

const RESTED_WITHIN_MS = 60_000;

const count = z.int().min(0);
const report = z.object({
  idle: z.boolean(),
  policies: z.array(
    z.object({
      name: z.string(),
      lag: count,
      inFlight: count,
      retrying: count,
      deadLetters: count,
      timers: count,
      oldestPendingMs: z.number(),
      holders: z.record(z.string(), count),
    }),
  ),
  projections: z.array(z.object({ name: z.string(), lag: count, oldestPendingMs: z.number() })),
});
export type Report = z.infer<typeof report>;

/** How policies fare; `null` where the node cannot tell for now. */
export async function policiesOf(client: Client, url: string): Promise<Report | null> {
  const answer = await client.get(`${url}/v1/policies`).catch(() => null);
  return answer?.status === 200 ? report.parse(JSON.parse(answer.text)) : null;
}

/** Waits until nothing is left to do, not even later. */
export async function untilRest(client: Client, url: string): Promise<Report> {
  let last: Report | null = null;
  const isAtRest = async () => {
    last = await policiesOf(client, url);
    return last?.idle === true && last.policies.every(({ timers }) => timers === 0);
  };
  try {
    await until('the policies are idle', RESTED_WITHIN_MS, isAtRest);
  } catch (error) {
    throw new Error(`they are not idle: ${JSON.stringify(last)}`, { cause: error });
  }
  if (last === null) throw new Error('there was no report');
  return last;
}

const page = z.object({ items: z.array(z.unknown()) });

/** What the node says is left though nothing is to be done: dead letters, instances. */
export async function leftovers(client: Client, url: string): Promise<string[]> {
  const { policies } = await untilRest(client, url);
  const routes = policies.map(({ name }) => `/v1/policies/${name}/instances`);
  const faults: string[] = [];
  for (const route of [...routes, '/v1/dead-letters']) {
    const answer = await client.get(`${url}${route}`);
    const { items } = page.parse(JSON.parse(answer.text));
    if (items.length > 0) faults.push(`${route}: ${answer.text.slice(0, 2_000)}`);
  }
  return faults;
}
