/** A running server as paths know it, behind its HTTP API. */
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { PlainEvent } from '../cover/cover-app.ts';
import { failedAnswer, type System } from './run-path.ts';

export interface HttpSystemOptions {
  /** Sent with every request: credentials. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long policies may take, in milliseconds; 20,000 unless set. */
  readonly patienceMs?: number;
}

const LOOK_MS = 5;
const PATIENCE_MS = 20_000;

const event = z.object({ type: z.string(), data: z.unknown() });
const actor = z.object({ version: z.int() });
const answers = z.union([
  z.object({ status: z.literal('accepted'), actor, events: z.array(event) }),
  z.object({
    status: z.literal(409),
    code: z.literal('rejected'),
    detail: z.string(),
    actor,
    events: z.array(event),
  }),
]);
const report = z.object({ idle: z.boolean() });
const trail = z.object({ items: z.array(event), nextCursor: z.string().optional() });

/** @param baseUrl of the server, such as `http://127.0.0.1:3000` */
export function httpSystem(baseUrl: string, options: HttpSystemOptions = {}): System {
  const { headers = {}, patienceMs = PATIENCE_MS } = options;
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const all = { 'content-type': 'application/json', ...headers };
    const response = await fetch(new URL(path, baseUrl), { ...init, headers: all });
    return response.json();
  };
  const read = async (path: string): Promise<unknown> => ask(path);
  return {
    async send({ type, data }) {
      const body = await ask(`/v1/commands/${type}`, {
        method: 'POST',
        body: JSON.stringify(data),
      });
      const answer = answers.safeParse(body);
      if (!answer.success) return failedAnswer(JSON.stringify(body));
      const {
        events,
        actor: { version },
        ...said
      } = answer.data;
      const plain = { version, events };
      return said.status === 'accepted'
        ? { status: 'accepted', reason: null, ...plain }
        : { status: 'rejected', reason: said.detail, ...plain };
    },

    async settled() {
      const until = performance.now() + patienceMs;
      while (!report.parse(await read('/v1/policies')).idle) {
        if (performance.now() > until) throw new Error(`policies are busy after ${patienceMs} ms`);
        await wait(LOOK_MS);
      }
    },

    elapse: (ms) => wait(ms),

    async trail({ type, id }) {
      const newestFirst: PlainEvent[] = [];
      const path = `/v1/actors/${type}/${encodeURIComponent(id)}/events?limit=200`;
      for (let next: string | undefined = path; next !== undefined; ) {
        const { items, nextCursor } = trail.parse(await read(next));
        newestFirst.push(...items.map(({ type: name, data }) => ({ type: name, data })));
        next = nextCursor && `${path}&before=${encodeURIComponent(nextCursor)}`;
      }
      return newestFirst.reverse();
    },
  };
}
