import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { Meters } from '../../src/http/meters.ts';
import { WRITE_HEADER } from '../../src/inspector/protocol.ts';
import { inspectorRoutes } from '../../src/inspector/routes.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { createTestLog } from '../support/runtime.ts';
import type { Draw } from './draw.ts';
import type { Header } from './headers.ts';
import { ACCOUNTS, type TargetMaker } from './targets.ts';
import type { Spoiler } from './values.ts';

/** What parameters of paths are, where they are something. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  type: ['account'],
  kind: ['aggregate', 'policy'],
  name: ['account', ...app.policies.keys()],
  id: ACCOUNTS,
};
const SEARCH = ['from', 'limit', 'cursor', 'q', 'policy', 'error', 'at'];
const QUERIES = ['state:active', 'acc_1…', 'id:acc_1', 'stale:>1s', 'type:account', '"', 'state:'];
const BODIES = [
  {},
  { reason: 'gone' },
  { data: {} },
  { how: 'retry', through: '0' },
  { type: 'FollowAccount', data: { followerId: 'acc_1', followeeId: 'acc_2' } },
  { type: 'RegisterAccount', data: {} },
];

/** A request to the inspector, all but its host and its credentials. */
export interface InspectorRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
  readonly body: Buffer | null;
}

/** Every route of the inspector, but the stream that does not end. */
const ROUTES = await readRoutes();

async function readRoutes(): Promise<readonly (readonly [method: 'get' | 'post', path: string])[]> {
  const log = { ...createTestLog(), info: () => {} };
  const store = createMemoryStore();
  const engine = createEngine({ app, store, runtime: createSystemRuntime(), log });
  const stopping = new AbortController().signal;
  const routes = inspectorRoutes({ engine, log, stopping, meters: new Meters(app) });
  // They are asked of a server of their own: this one would keep the process.
  await engine.drain();
  await store.close();
  return routes
    .filter(([, path]) => !path.endsWith('/live'))
    .map(([method, path]) => [method, path] as const);
}

/**
 * Makes requests to the inspector's routes, right ones and wrong ones. The contract does not name
 * them: of an answer it is known that it is one, and no fault of the server.
 */
export class InspectorMaker {
  readonly #draw: Draw;
  readonly #targets: TargetMaker;
  readonly #spoiler: Spoiler;

  constructor(draw: Draw, targets: TargetMaker, spoiler: Spoiler) {
    this.#draw = draw;
    this.#targets = targets;
    this.#spoiler = spoiler;
  }

  request(): InspectorRequest {
    const draw = this.#draw;
    const [method, pattern] = draw.one(ROUTES);
    const path = pattern.replaceAll(/:(\w+)/g, (_, name: string) => this.#part(name));
    const target = path + this.#search();
    if (method === 'get') return { method: 'GET', target, headers: [], body: null };
    const headers: Header[] = [['Content-Type', 'application/json']];
    if (draw.chance(0.9)) headers.push([WRITE_HEADER, '1']);
    const value = draw.one(BODIES);
    const body = draw.chance(0.6)
      ? Buffer.from(JSON.stringify(value))
      : this.#spoiler.bytes(this.#spoiler.value(value) ?? {});
    return { method: 'POST', target, headers, body };
  }

  #part(name: string): string {
    const draw = this.#draw;
    if (name === 'position' && draw.chance(0.8)) {
      return encodeURIComponent(this.#targets.position());
    }
    const known = NAMED[name] ?? [];
    return known.length > 0 && draw.chance(0.75) ? draw.one(known) : this.#targets.segment();
  }

  #search(): string {
    const draw = this.#draw;
    if (draw.chance(0.5)) return '';
    const given = Array.from({ length: draw.between(1, 3) }, () => {
      const name = draw.one(SEARCH);
      if (name === 'q' && draw.chance(0.7)) return `q=${encodeURIComponent(draw.one(QUERIES))}`;
      if (name === 'limit' && draw.chance(0.7)) return `limit=${draw.between(0, 210)}`;
      const isPlace = (name === 'from' || name === 'at') && draw.chance(0.7);
      const text = isPlace ? encodeURIComponent(this.#targets.position()) : this.#targets.segment();
      return `${name}=${text}`;
    });
    return `?${given.join('&')}`;
  }
}
