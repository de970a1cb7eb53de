/** Policies that are in the middle of everything: what screens of instances are tried with. */
import { assign, setup } from 'xstate';
import {
  type App,
  defineEffect,
  definePolicy,
  type PolicyDefinition,
  type PolicyMessages,
  sends,
} from '../../src/define/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { type commands, deskApp, onWritten, stamp } from '../support/desk/index.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { createTestLog } from '../support/runtime.ts';

/** What goes wrong until a test says otherwise. */
export interface Troubles {
  /** The bell is out of order. */
  isDead: boolean;
  /** Commands to the desk `far` find its store away. */
  isFar: boolean;
  /** The policy throws on texts that have this. */
  bad: RegExp;
  isJammed: boolean;
}

/** Between two tries, in milliseconds. */
const RETRY_MS = 1_000;
/** More than there are while a test looks. */
const ATTEMPTS = 100;

function courierOf(troubles: Troubles): PolicyDefinition {
  const ring = defineEffect<null, { desk: string }>({
    run: async () => {
      if (troubles.isDead) throw new Error('the bell is dead');
      return null;
    },
    attempts: ATTEMPTS,
  });
  const builder = setup({
    types: {
      context: {} as { stamp: string },
      events: {} as PolicyMessages<typeof onWritten>,
    },
    actors: { ring },
    actions: { send: sends<typeof commands>() },
    guards: {
      says: ({ event }, word: string) => event.type === 'Written' && event.data.text === word,
      breaks: ({ context, event }) => {
        const isBad = event.type === 'Written' && troubles.bad.test(event.data.text);
        if (isBad) throw new Error(`the courier stumbles with ${context.stamp}`);
        return false;
      },
    },
  });
  const says = (word: string) => ({ type: 'says', params: word }) as const;
  const machine = builder.createMachine({
    id: 'courier',
    context: { stamp: '' },
    type: 'parallel',
    on: { Written: [{ guard: 'breaks' }, { actions: assign({}) }] },
    states: {
      clock: {
        initial: 'idle',
        states: {
          idle: { on: { Written: { guard: says('wait'), target: 'waiting' } } },
          waiting: {
            after: {
              3600000: 'idle',
              20: {
                guard: () => !troubles.isFar,
                target: 'idle',
                actions: { type: 'send', params: stamp('stamps', 'of a timer') },
              },
            },
          },
        },
      },
      bell: {
        initial: 'idle',
        states: {
          idle: { on: { Written: { guard: says('ring'), target: 'ringing' } } },
          ringing: { invoke: { id: 'ring', src: 'ring', input: { desk: 'a' }, onDone: 'idle' } },
        },
      },
      bag: {
        initial: 'empty',
        states: {
          empty: {
            on: {
              Written: {
                guard: says('carry'),
                target: 'carrying',
                actions: [
                  assign({ stamp: 'a secret' }),
                  { type: 'send', params: stamp('far', 'a secret', 'the far one') },
                  {
                    type: 'send',
                    params: { command: 'Jam', data: { desk: 'jam', stamp: 'x' }, ref: 'the jam' },
                  },
                ],
              },
            },
          },
          carrying: { on: { 'command.*': 'empty' } },
        },
      },
    },
  });
  return definePolicy({
    name: 'courier',
    machine,
    on: onWritten,
    correlate: 'actor',
    attempts: ATTEMPTS,
  });
}

/** Goes its round for what is written of it: `round north …`; throws on what is bad, and tries once. */
function roundsOf(troubles: Troubles): PolicyDefinition {
  const machine = setup({
    types: { context: {} as { stamp: string }, events: {} as PolicyMessages<typeof onWritten> },
    guards: {
      isGood: ({ context, event }) => {
        const isBad = event.type === 'Written' && troubles.bad.test(event.data.text);
        if (isBad) throw new Error(`the round is blocked with ${context.stamp}`);
        return true;
      },
      isHome: ({ event }) => event.type === 'Written' && event.data.text.endsWith(' home'),
    },
  }).createMachine({
    id: 'rounds',
    context: { stamp: 'a secret' },
    initial: 'idle',
    states: {
      idle: { on: { Written: { guard: 'isGood', target: 'walking' } } },
      walking: {
        after: { 7200000: 'idle' },
        on: {
          Written: [
            { guard: 'isHome', target: 'home' },
            { guard: 'isGood', target: 'walking' },
          ],
        },
      },
      home: { type: 'final' },
    },
  });
  return definePolicy({
    name: 'rounds',
    machine,
    on: onWritten,
    correlate: ({ data: { text } }) =>
      text.startsWith('round ') ? text.split(' ').slice(0, 2).join(' ') : null,
    attempts: 1,
  });
}

/** A world of couriers on a store. */
export interface Couriers {
  readonly engine: Engine;
  readonly troubles: Troubles;
  readonly app: App;
}

export function couriersOn(store: Store): Couriers {
  const troubles: Troubles = { isDead: true, isFar: true, bad: /bad/, isJammed: true };
  const away = faultyStore(store, (method, [first]) =>
    method === 'commit' && troubles.isFar && JSON.stringify(first).includes('"id":"far"')
      ? 'refused'
      : 'answered',
  );
  const policies = [courierOf(troubles), roundsOf(troubles)];
  const app: App = { ...deskApp(policies, { faults: troubles }), personal: new Set(['stamp']) };
  const engine = createEngine({
    app,
    store: away,
    // Every wait is as long as the longest.
    runtime: { ...createSystemRuntime(), random: () => 1 },
    log: createTestLog(),
    backgroundLimits: { retryWaitMs: RETRY_MS, retryWaitMsMax: RETRY_MS, pauseLookMs: 10 },
  });
  return { engine, troubles, app };
}
