import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { pairOf } from '../../src/cli/steps.ts';
import { freePort } from '../support/redis.ts';
import { FakeGraph, type FakeResult as Result } from './fake-graph.ts';
import { type FakeAnswer, FakePolicies, paged } from './fake-policies.ts';
import { FakeRebuilds } from './fake-rebuilds.ts';

const entry = z.object({
  type: z.string(),
  data: z.record(z.string(), z.string()),
  idempotencyKey: z.string(),
});
const body = z.object({ commands: z.array(entry).max(1_000) });
type Entry = z.infer<typeof entry>;

/** What happens to one batch request: `null` answers it in full. */
export type Fault =
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** These entries, by place, fail; the others are done and answered. */
  | {
      readonly kind: 'fail';
      readonly places: (place: number) => boolean;
      readonly status: number;
      readonly code: string;
    };

/**
 * The routes that the command line uses, over a social graph in memory. Commands to different actors
 * overtake each other: the entries of a batch are done in reverse actor by actor, and a request
 * waits its turn.
 */
export class FakeServer {
  readonly graph = new FakeGraph();
  readonly policies = new FakePolicies(this.graph);
  readonly rebuilds = new FakeRebuilds();
  readonly accounts = this.graph.accounts;
  readonly events = this.graph.events;
  /** Of each batch request, how many commands it brought. */
  readonly requests: number[] = [];
  /** Pairs that had commands of two types on their way together. */
  readonly collisions: string[] = [];
  fault: (request: number) => Fault | null = () => null;
  /** Called when a request has come in, before it is done. */
  onRequest: (request: number) => Promise<void> | void = () => undefined;
  readonly #kept = new Map<string, Result>();
  readonly #onTheWay = new Map<string, string[]>();
  #server: Server | undefined;
  #port = 0;

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.#port}`);
  }

  /** Listens, on the port it had before if it had one. */
  async start(): Promise<this> {
    this.#port ||= await freePort();
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** Another store: nothing is known any more, keys included. */
  wipe(): void {
    this.graph.clear();
    this.#kept.clear();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const read = this.#read(request.method ?? '', new URL(request.url ?? '', this.url));
    if (read !== null) return void send(...read);
    const { commands } = body.parse(await json(request));
    const number = this.requests.push(commands.length) - 1;
    const fault = this.fault(number);
    this.#watch(commands);
    await this.onRequest(number);
    if (fault?.kind === 'drop' && fault.when === 'before') return void response.destroy();
    if (fault?.kind === 'status') {
      return void send(fault.status, { status: fault.status, code: fault.code });
    }
    const results = this.#run(commands, fault);
    if (fault?.kind === 'drop') return void response.destroy();
    this.#unwatch(commands);
    send(200, { results });
  }

  #read(method: string, { pathname, searchParams }: URL): FakeAnswer {
    const told =
      this.policies.answer(method, pathname, searchParams) ??
      this.rebuilds.answer(method, pathname);
    if (told !== null) return told;
    if (pathname === '/livez') return [200, {}];
    const [, queried] = /^\/v1\/relationships\/([^/]+)\//.exec(pathname) ?? [];
    if (queried !== undefined) return [this.accounts.has(queried) ? 200 : 404, {}];
    const [, trail] = /^\/v1\/actors\/account\/([^/]+)\/events$/.exec(pathname) ?? [];
    if (trail !== undefined) {
      return [
        200,
        paged([...(this.graph.trails.get(trail) ?? [])].reverse(), searchParams, 'before'),
      ];
    }
    const [, id, list] = /^\/v1\/accounts\/([^/]+)\/(following|blocked)$/.exec(pathname) ?? [];
    if (id === undefined) return null;
    const ids = this.graph.list(id, list === 'following' ? 'follows' : 'blocks');
    return [
      200,
      paged(
        ids.map((other) => ({ id: other })),
        searchParams,
      ),
    ];
  }

  #run(commands: readonly Entry[], fault: Fault | null): readonly Result[] {
    const results: Result[] = [];
    const actors = new Map<string, [number, Entry][]>();
    for (const [place, command] of commands.entries()) {
      const actor = Object.values(command.data)[0] ?? '';
      actors.set(actor, [...(actors.get(actor) ?? []), [place, command]]);
    }
    for (const entries of [...actors.values()].reverse()) {
      for (const [place, command] of entries) {
        const failing = fault?.kind === 'fail' && fault.places(place) ? fault : null;
        results[place] =
          failing === null
            ? this.#once(command)
            : { status: 'failed', httpStatus: failing.status, code: failing.code };
      }
    }
    return results;
  }

  #once(command: Entry): Result {
    const kept = this.#kept.get(command.idempotencyKey);
    if (kept !== undefined) return { ...kept, replayed: true };
    const result = this.graph.decide(command);
    this.#kept.set(command.idempotencyKey, result);
    return result;
  }

  #watch(commands: readonly Entry[]): void {
    for (const { type, data } of commands) {
      const [a = '', b = ''] = Object.values(data);
      const pair = pairOf(a, b);
      const types = type === 'RegisterAccount' ? [] : (this.#onTheWay.get(pair) ?? []);
      if (types.some((other) => other !== type)) this.collisions.push(pair);
      this.#onTheWay.set(pair, [...types, type]);
    }
  }

  #unwatch(commands: readonly Entry[]): void {
    for (const { data } of commands) {
      const [a = '', b = ''] = Object.values(data);
      this.#onTheWay.delete(pairOf(a, b));
    }
  }
}
