/** Nodes with inspectors, and an app that gives them much to tell. */
import { expect, vi } from 'vitest';
import { setup } from 'xstate';
import {
  type App,
  defineApp,
  definePolicy,
  type PolicyMessages,
  sends,
} from '../../src/define/index.ts';
import type { BackgroundLimits } from '../../src/engine/background/limits.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { API_PATH, WRITE_HEADER } from '../../src/inspector/protocol.ts';
import { startTestServer, type TestServer } from '../http/harness.ts';
import { type commands, events } from '../support/box/definitions.ts';
import { boxApp } from '../support/box/index.ts';
import { createTestLog } from '../support/runtime.ts';

export const PARTITIONS = 4;
/** What a policy cannot take: set by a test, as code that is broken and mended. */
export interface Picky {
  cannot: RegExp;
}

const on = { ItemPut: events.ItemPut };
const builder = setup({
  types: { context: {} as object, events: {} as PolicyMessages<typeof on> },
  actions: { send: sends<typeof commands>() },
});

/**
 * Boxes, and two policies of what is put into them: `tossing` tosses it out of the box `tossed`, unless
 * it cannot, `counting` counts it in the box `counted`.
 */
export function inspectedApp(picky: Picky): App {
  const tossing = definePolicy({
    name: 'tossing',
    on,
    attempts: 1,
    machine: builder.createMachine({
      id: 'tossing',
      context: {},
      initial: 'waiting',
      states: {
        waiting: {
          on: {
            ItemPut: {
              target: 'ended',
              actions: {
                type: 'send',
                params: ({ event: { data } }) => {
                  if (picky.cannot.test(data.item)) throw new Error(`cannot toss ${data.item}`);
                  return { command: 'Toss', data: { box: 'tossed', item: data.item } };
                },
              },
            },
          },
        },
        ended: { type: 'final' },
      },
    }),
  });
  const counting = definePolicy({
    name: 'counting',
    on,
    machine: builder.createMachine({
      id: 'counting',
      context: {},
      initial: 'waiting',
      states: {
        waiting: {
          on: {
            ItemPut: {
              target: 'ended',
              actions: {
                type: 'send',
                params: { command: 'Count', data: { box: 'counted' } },
              },
            },
          },
        },
        ended: { type: 'final' },
      },
    }),
  });
  return defineApp({
    aggregates: [...boxApp.aggregates.values()],
    policies: [tossing, counting],
  });
}

/** A node with an inspector. */
export interface InspectedNode extends TestServer {
  readonly store: Store;
  /** Ends it in order. The store that was opened for it stays open. */
  end(): Promise<void>;
}

export async function startInspected(
  store: Store,
  options: {
    readonly app: App;
    readonly limits?: Partial<BackgroundLimits>;
    /** It does no background work. */
    readonly isAsleep?: boolean;
  },
): Promise<InspectedNode> {
  const log = createTestLog();
  const engine = createEngine({
    app: options.app,
    store,
    runtime: createSystemRuntime(),
    log,
    backgroundLimits: { indexPage: 16, indexIntervalMs: 1, indexLingerMs: 1, ...options.limits },
    strict: true,
  });
  if (!options.isAsleep) await engine.start();
  const server = await startTestServer({ engine });
  return {
    ...server,
    store,
    async end() {
      await server.close();
      await engine.drain();
    },
  };
}

/** Asks the inspector; anything but an answer is a fault. */
export async function look<T>(node: TestServer, path: string): Promise<T> {
  const response = await fetch(`${node.url}${API_PATH}${path}`);
  const text = await response.text();
  expect(response.status, `${path}: ${text}`.slice(0, 500)).toBe(200);
  return JSON.parse(text) as T;
}

/** The status that the inspector answers with. */
export async function statusOf(node: TestServer, path: string): Promise<number> {
  const response = await fetch(`${node.url}${API_PATH}${path}`);
  await response.arrayBuffer();
  return response.status;
}

/** Says something to the inspector that changes things. */
export async function say<T>(node: TestServer, path: string, body: unknown = {}): Promise<T> {
  const response = await fetch(`${node.url}${API_PATH}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [WRITE_HEADER]: '1' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect(response.status, `${path}: ${text}`.slice(0, 500)).toBe(200);
  return JSON.parse(text) as T;
}

/** Waits until everything is passed and indexed, as `node` sees it. */
export async function atRest(node: TestServer): Promise<void> {
  await look(node, '/actors?limit=1');
  await vi.waitUntil(async () => (await node.engine.policies()).idle, {
    timeout: 60_000,
    interval: 10,
  });
}
