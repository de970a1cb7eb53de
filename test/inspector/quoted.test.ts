/** What is personal and no email is told nowhere either, though it is quoted beside where it stands. */

import { expect, onTestFinished, test } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineApp,
  defineCommand,
  defineEffect,
  defineEvent,
  definePolicy,
  defineView,
  type Emitted,
  type Messages,
  type PolicyMessages,
} from '../../src/define/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { API_PATH, WRITE_HEADER } from '../../src/inspector/protocol.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { post, readObject, startTestServer } from '../http/harness.ts';
import { createTestLog } from '../support/runtime.ts';

const PHONE = '+49 555 0100';

const Line = z.strictObject({ lineId: z.string(), phone: z.string() });
const target = ({ lineId }: { lineId: string }) => lineId;
const commands = {
  Connect: defineCommand({
    summary: 'Connects a line.',
    schema: Line,
    target,
    claims: ({ phone }) => ({ number: phone }),
  }),
  Cut: defineCommand({ summary: 'Cuts it off.', schema: Line, target }),
};
const events = { Cut: defineEvent({ schema: Line }), Connected: defineEvent({ schema: Line }) };

/** Quotes its number to others; once it is cut off, in a note alone. */
const machine = setup({
  types: {
    context: {} as { phone: string | null; note: string },
    events: {} as Messages<typeof commands>,
    emitted: {} as Emitted<typeof events>,
  },
}).createMachine({
  context: { phone: null, note: '' },
  initial: 'free',
  states: {
    free: {
      on: {
        Connect: {
          target: 'connected',
          actions: [
            assign({ phone: ({ event }) => event.data.phone }),
            emit(({ event: { data } }) => ({ type: 'Connected', data })),
          ],
        },
      },
    },
    connected: {
      on: {
        Cut: {
          target: 'cut',
          actions: [
            assign({ phone: null, note: ({ event }) => `was ${event.data.phone}` }),
            emit(({ event: { data } }) => ({ type: 'Cut', data })),
          ],
        },
      },
    },
    cut: {},
  },
});
const line = defineAggregate({
  type: 'line',
  machine,
  commands,
  events,
  claims: { number: { normalize: (phone) => phone, held: ({ context }) => context.phone } },
  view: {
    definition: defineView({ aggregate: 'line', schema: z.object({ label: z.string() }) }),
    of: ({ context }) => ({ label: `call ${context.phone}` }),
  },
});

const on = { Connected: events.Connected };
/** Rings for ever. */
const ringing = definePolicy({
  name: 'ringing',
  machine: setup({
    types: { context: {} as { phone: string }, events: {} as PolicyMessages<typeof on> },
    actors: {
      ring: defineEffect<null, { text: string }>({ run: () => new Promise(() => {}) }),
    },
  }).createMachine({
    context: { phone: '' },
    initial: 'free',
    states: {
      free: {
        on: {
          Connected: {
            target: 'ringing',
            actions: assign({ phone: ({ event }) => event.data.phone }),
          },
        },
      },
      ringing: {
        invoke: { src: 'ring', input: ({ context }) => ({ text: `ring ${context.phone}` }) },
      },
    },
  }),
  on,
  correlate: 'actor',
  from: 'beginning',
});
const app = defineApp({ aggregates: [line], policies: [ringing], personal: ['phone'] });

test('in claims, in what others see, by a policy, in a dry run, after a step', async () => {
  const log = createTestLog();
  const runtime = createSystemRuntime();
  const engine = createEngine({ app, store: createMemoryStore(), runtime, log });
  const server = await startTestServer({ engine });
  onTestFinished(async () => {
    await server.close();
    await engine.drain();
  });
  await engine.start();
  const data = { lineId: 'one', phone: PHONE };
  expect((await post(server, '/v1/commands/Connect', data)).status).toBe(200);
  const read = async (path: string) => {
    const response = await fetch(`${server.url}${API_PATH}${path}`);
    return response.text();
  };
  const now = await read('/actors/line/one');
  expect(now).toMatch(/"claims":\["line\/number:/);
  expect(now).toContain('"label":"call ');
  expect(now).not.toContain(PHONE);

  const instance = () => read('/policies/ringing/instances/line:one');
  await expect.poll(instance).toContain('"text":"ring ');
  expect(await instance()).not.toContain(PHONE);

  const asked = { type: 'Cut', data };
  const dryRun = await post(server, `${API_PATH}/dry-run`, asked, { [WRITE_HEADER]: '1' });
  const would = JSON.stringify(await readObject(dryRun));
  expect(would).toContain('"note":"was ');
  expect(would).not.toContain(PHONE);

  const answer = await readObject(await post(server, '/v1/commands/Cut', data));
  const past = await read(`/actors/line/one/at/${String(answer.position)}`);
  expect(past).toContain('"note":"was ');
  expect(past).not.toContain(PHONE);
});
