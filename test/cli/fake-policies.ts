import type { FakeGraph } from './fake-graph.ts';

/** A dead letter as the server tells it. */
export interface FakeLetter {
  readonly id: string;
  readonly policy: string;
  readonly waiting: number;
}

/** What a request for a path came to: a status and a body; `null` where the path is another's. */
export type FakeAnswer = readonly [status: number, body: unknown] | null;

/** The routes that tell of policies, and what an operator does with dead letters. */
export class FakePolicies {
  /** How often they are found at work, a little less each time, before they are idle. */
  looksUntilIdle = 0;
  /** They are always found at work, and never come further. */
  stuck = false;
  /** Whether they do anything. */
  working = true;
  readonly letters: FakeLetter[] = [];
  /** What retrying or discarding a letter comes to, where it does not end it. */
  settling: (id: string) => FakeAnswer = () => null;
  /** What was asked to be settled, in order. */
  readonly settled: string[] = [];
  looks = 0;
  readonly #graph: FakeGraph;

  constructor(graph: FakeGraph) {
    this.#graph = graph;
  }

  answer(method: string, path: string, search: URLSearchParams): FakeAnswer {
    if (path === '/v1/policies') return [200, this.#report()];
    if (path === '/v1/dead-letters') return [200, paged(this.letters.map(asTold), search)];
    const [, id, how] = /^\/v1\/dead-letters\/([^/]+)\/(retry|discard)$/.exec(path) ?? [];
    if (id === undefined || how === undefined || method !== 'POST') return null;
    return this.#settle(decodeURIComponent(id), how);
  }

  #report() {
    const idle = ++this.looks > this.looksUntilIdle && !this.stuck;
    if (idle && this.working) this.#graph.runPolicy();
    const lag = this.stuck ? 9 : Math.max(this.looksUntilIdle - this.looks + 1, 0);
    const names = ['blocking', 'follow-guard'];
    return {
      idle,
      policies: names.map((name) => ({
        name,
        lag,
        inFlight: idle ? 0 : 1_200,
        retrying: 0,
        deadLetters: this.letters.filter(({ policy }) => policy === name).length,
        timers: 3,
        oldestPendingMs: idle ? 0 : 65_000,
        holders: { 'node-a': 40, 'node-b': 24 },
      })),
      projections: [
        {
          name: 'followers',
          lag,
          oldestPendingMs: idle ? 0 : 20,
          version: 1,
          generation: 0,
          wantsRebuild: true,
          rebuild: null,
        },
      ],
    };
  }

  #settle(id: string, how: string): FakeAnswer {
    this.settled.push(`${how} ${id}`);
    const told = this.settling(id);
    if (told !== null) return told;
    const index = this.letters.findIndex((letter) => letter.id === id);
    if (index === -1) return [404, { code: 'not_found', detail: 'There is no such dead letter' }];
    this.letters.splice(index, 1);
    return [200, { status: how === 'retry' ? 'retried' : 'discarded' }];
  }
}

function asTold(letter: FakeLetter) {
  return {
    ...letter,
    instance: 'e-1',
    kind: 'command',
    type: 'RemoveFollower',
    message: { followerId: 'ann', followeeId: 'bob' },
    error: 'out of\nluck',
    attempts: 8,
    history: [],
    parkedAt: '2026-01-01T00:00:00.000Z',
  };
}

/** A page of a list: its cursor, in the parameter of that name, is the place to go on from. */
export function paged(
  items: readonly unknown[],
  search: URLSearchParams,
  cursor = 'cursor',
): unknown {
  const limit = Number(search.get('limit') ?? 50);
  const from = Number(search.get(cursor) ?? 0);
  const next = from + limit;
  return {
    items: items.slice(from, next),
    ...(next < items.length && { nextCursor: `${next}` }),
  };
}
