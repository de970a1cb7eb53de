import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type AnyStateMachine, type AnyStateNode, createMachine } from 'xstate';
import { z } from 'zod';
import { accountMachine } from '../../machines/account/machine.ts';
import { app } from '../../machines/index.ts';
import { actorKey } from '../../src/engine/address.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { TurnId } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { definitionOf, FORMAT_VERSION } from '../../src/inspector/stately/messages.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { post, register, type TestServer, type TestServerOptions } from '../http/harness.ts';
import { endsWithTests } from '../support/children.ts';
import { freePort } from '../support/redis.ts';
import { createTestLog } from '../support/runtime.ts';
import { members } from './personal/members.ts';
import { look, type StatelyViewer, serveStately, untilTold } from './stately-viewer.ts';

let server: TestServer;

async function serve(options: TestServerOptions = {}): Promise<void> {
  server = await serveStately(options);
}

async function follow(followerId: string, followeeId: string): Promise<void> {
  const path = '/v1/commands/FollowAccount';
  expect((await post(server, path, { followerId, followeeId })).status).toBe(200);
}

const kinds = (viewer: StatelyViewer) => viewer.told.map(({ type }) => type);
describe('what a viewer is told', () => {
  it('is an actor with its machine, then its command, then its state', async () => {
    await serve();
    const viewer = await look(server);
    await register(server, 'ann');
    await untilTold(viewer, 'account:ann');
    expect(kinds(viewer)).toEqual(['@xstate.actor', '@xstate.event', '@xstate.snapshot']);
    const [actor, event, snapshot] = viewer.told;
    const ids = { sessionId: 'account:ann', rootId: 'account:ann' };
    expect(actor).toMatchObject({ ...ids, name: 'account:ann' });
    expect(event).toMatchObject({
      ...ids,
      event: {
        type: 'RegisterAccount',
        data: { accountId: 'ann', username: 'ann' },
        recorded: [{ type: 'AccountRegistered' }],
        meta: { principal: 'anonymous' },
      },
    });
    expect(event).not.toHaveProperty('sourceId');
    expect(snapshot).toMatchObject({
      ...ids,
      event: { type: 'RegisterAccount' },
      snapshot: { status: 'active', value: { registered: 'active' }, context: { username: 'ann' } },
    });
  });

  it('introduces an actor once', async () => {
    await serve();
    const viewer = await look(server);
    await register(server, 'ann');
    await untilTold(viewer, 'account:ann');
    await post(server, '/v1/commands/DeactivateAccount', { accountId: 'ann' });
    await expect
      .poll(() => viewer.of('@xstate.snapshot').at(-1)?.snapshot.value)
      .toEqual({ registered: 'deactivated' });
    expect(viewer.of('@xstate.actor')).toHaveLength(1);
  });

  it('has what is personal masked, wherever it stands', async () => {
    await serve();
    const viewer = await look(server);
    await register(server, 'ann');
    await untilTold(viewer, 'account:ann');
    const late = await look(server, { search: '?actor=account:ann' });
    await expect.poll(() => late.told).toHaveLength(1);
    const text = JSON.stringify([...viewer.told, ...late.told]);
    expect(text).not.toContain('ann@example.org');
    expect(text.match(/"email":"•••••"/g)?.length).toBeGreaterThanOrEqual(5);
  });

  it('has it masked where the app quotes it, too', async () => {
    const runtime = createSystemRuntime();
    const options = { app: members, store: createMemoryStore(), runtime, log: createTestLog() };
    await serve({ engine: createEngine(options) });
    const viewer = await look(server);
    const email = 'Grace.Hopper@navy.example';
    for (const status of [200, 409]) {
      const response = await post(server, '/v1/commands/Join', { memberId: 'grace', email });
      expect(response.status).toBe(status);
    }
    await expect.poll(() => viewer.of('@xstate.event')).toHaveLength(2);
    await untilTold(viewer, 'member:grace');
    const text = JSON.stringify(viewer.told);
    expect(text).toContain('Another has ••••• already');
    expect(text.toLowerCase()).not.toContain('grace.hopper');
  });

  it('has it plain where that is allowed', async () => {
    await serve({ unmask: true });
    const viewer = await look(server);
    await register(server, 'ann');
    await untilTold(viewer, 'account:ann');
    expect(viewer.of('@xstate.snapshot')[0]?.snapshot.context).toMatchObject({
      email: 'ann@example.org',
    });
  });

  it('tells a refusal by what was recorded of it, and the state that stayed', async () => {
    await serve();
    const viewer = await look(server);
    const response = await post(server, '/v1/commands/FollowAccount', {
      followerId: 'nobody',
      followeeId: 'ann',
    });
    expect(response.status).toBe(409);
    await untilTold(viewer, 'account:nobody');
    expect(viewer.of('@xstate.event')[0]?.event).toMatchObject({
      type: 'FollowAccount',
      recorded: [{ type: 'FollowRejected', data: { reason: 'Follower account not found' } }],
    });
    expect(viewer.of('@xstate.snapshot')[0]?.snapshot.value).toBe('unregistered');
  });

  it('introduces the policy that sent a command before it', async () => {
    await serve();
    await server.engine.start();
    const viewer = await look(server);
    for (const id of ['ann', 'bob']) await register(server, id);
    await follow('ann', 'bob');
    await post(server, '/v1/commands/BlockAccount', { blockerId: 'bob', blockedId: 'ann' });
    const sent = () => viewer.of('@xstate.event').find(({ sourceId }) => sourceId !== undefined);
    await expect.poll(sent).toMatchObject({ event: { type: 'RemoveFollower' } });
    const source = sent()?.sourceId ?? '';
    expect(source).toMatch(/^policy\/./);
    const { machine } = app.policies.get(source.slice('policy/'.length)) ?? {};
    const introduced = viewer.told.findIndex(
      (each) =>
        each.type === '@xstate.actor' &&
        each.sessionId === source &&
        JSON.parse(each.definition).id === machine?.id,
    );
    expect(introduced).toBeGreaterThanOrEqual(0);
    expect(introduced).toBeLessThan(viewer.told.findIndex((each) => 'sourceId' in each));
  });
});

describe('Stately’s own receiver', () => {
  it('takes every message for one of its own', async () => {
    await serve();
    const received: StatelyInspectionEvent[] = [];
    const address = `${server.url.replace('http', 'ws')}/inspector/stately?actor=account:ann`;
    await register(server, 'ann');
    createWebSocketReceiver({ server: address }).subscribe((event) => received.push(event));
    await expect.poll(() => received).toHaveLength(1);
    await post(server, '/v1/commands/DeactivateAccount', { accountId: 'ann' });
    await expect.poll(() => received).toHaveLength(3);
    expect(received.map(({ type }) => type)).toEqual([
      '@xstate.actor',
      '@xstate.event',
      '@xstate.snapshot',
    ]);
    // What its own type guard asks for, and the version that it is.
    const entry = createRequire(import.meta.url).resolve('@statelyai/inspect');
    const manifest = readFileSync(join(entry, '../../package.json'), 'utf8');
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));
    expect(FORMAT_VERSION).toBe(version);
    expect(received.map(({ _version }) => _version)).toEqual([version, version, version]);
    const [actor] = received;
    const definition = actor?.type === '@xstate.actor' ? (actor.definition ?? '') : '';
    expect(stateIds(createMachine(JSON.parse(definition)))).toEqual(stateIds(accountMachine));
  });
});

/** Every state of a machine, by its path. */
function stateIds(machine: AnyStateMachine): string[] {
  const visit = ({ id, type, states }: AnyStateNode): string[] => [
    `${id} ${type}`,
    ...Object.values(states).flatMap(visit),
  ];
  return visit(machine.root);
}

describe('the guide', () => {
  it('passes on to Stately’s inspector what actors do', async () => {
    await serve();
    const port = await freePort();
    const page = readFileSync(new URL('../../docs/inspector.md', import.meta.url), 'utf8');
    const code = (/```js\n(.*?)```/s.exec(page)?.[1] ?? '')
      .replace('{ port: 8080 }', `{ port: ${port}, autoOpen: false }`)
      .replace('localhost:8080', `localhost:${port}`)
      .replace('127.0.0.1:3000', `127.0.0.1:${server.port}`);
    const cwd = new URL('../..', import.meta.url);
    const relay = endsWithTests(
      spawn(process.execPath, ['--input-type=module', '-e', code], { cwd }),
    );
    let said = '';
    relay.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    onTestFinished(() => void relay.kill('SIGKILL'));
    const received: string[] = [];
    const watch = (): Promise<WebSocket> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://localhost:${port}`);
        socket.on('message', (text) => received.push(String(text)));
        socket.once('open', () => resolve(socket));
        socket.once('error', reject);
      });
    await expect
      .poll(() =>
        watch().then(
          () => 'there',
          () => said,
        ),
      )
      .toBe('there');
    await expect.poll(() => server.connections()).toBe(1);
    await register(server, 'ann');
    await expect.poll(() => received.length).toBe(3);
    expect(received.map((text) => JSON.parse(text).name ?? JSON.parse(text).event.type)).toEqual([
      'account:ann',
      'RegisterAccount',
      'RegisterAccount',
    ]);
  });
});

describe('a definition', () => {
  const machines = [...app.aggregates.values(), ...app.policies.values()];

  it.each(machines.map(({ machine }) => [machine.id, machine] as const))(
    'of %s makes a machine of the same states',
    (_id, machine) => {
      const again = createMachine(JSON.parse(definitionOf(machine)));
      expect(stateIds(again)).toEqual(stateIds(machine));
    },
  );

  it('names what is no JSON, and of what cannot be written says the name alone', () => {
    const machine = createMachine({ id: 'odd', entry: function greet() {} });
    expect(JSON.parse(definitionOf(machine))).toMatchObject({ entry: { type: 'greet' } });
    const meta: Record<string, unknown> = {};
    meta.itself = meta;
    expect(definitionOf(createMachine({ id: 'round', meta }))).toBe('{"id":"round"}');
  });
});

describe('one actor alone', () => {
  it('is shown as it is at once, and nothing of others is told', async () => {
    await serve();
    for (const id of ['ann', 'bob']) await register(server, id);
    const viewer = await look(server, { search: '?actor=account:ann' });
    await expect.poll(() => kinds(viewer)).toEqual(['@xstate.actor']);
    expect(viewer.told[0]).toMatchObject({ snapshot: { value: { registered: 'active' } } });
    await follow('bob', 'ann');
    await follow('ann', 'bob');
    await untilTold(viewer, 'account:ann');
    expect(viewer.told.filter(({ sessionId }) => sessionId !== 'account:ann')).toEqual([]);
    expect(viewer.of('@xstate.event')).toHaveLength(1);
  });

  it('is not there before anything was recorded of it', async () => {
    await serve();
    const { store, runtime } = server.engine.inside;
    const key = actorKey({ type: 'account', id: 'ann' });
    await store.fenceClaim(key, 'account/email:x', runtime.token() as TurnId);
    const viewer = await look(server, { search: '?actor=account:ann' });
    const other = await look(server);
    await register(server, 'bob');
    await untilTold(other, 'account:bob');
    expect(viewer.told).toEqual([]);
    await register(server, 'ann');
    await untilTold(viewer, 'account:ann');
    expect(kinds(viewer)).toEqual(['@xstate.actor', '@xstate.event', '@xstate.snapshot']);
  });
});
