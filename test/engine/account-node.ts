/** A node of the domain's app on the memory store, and how it is spoken to. */
import { expect } from 'vitest';
import { commands } from '../../machines/account/commands.ts';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { createTestLog, createTestRuntime } from '../support/runtime.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
/** The time `seconds` after the start, as events have it. */
export const time = (seconds: number) => new Date(START + seconds * 1_000).toISOString();

export interface Node {
  readonly engine: Engine;
  /** Sends a client's command, a second after the one before. */
  send(type: string, body: unknown): Promise<Outcome>;
  /** Sends a removal as policies do, whose schema has more than the clients'. */
  remove(body: unknown): Promise<Outcome>;
  ask(name: string, params: object, search?: object): Promise<unknown>;
}

export function node(): Node {
  const runtime = createTestRuntime();
  const log = createTestLog();
  const engine = createEngine({ app, store: createMemoryStore(), runtime, log, strict: true });
  const delivery = { principal: 'test' };
  let seconds = 0;
  return {
    engine,
    send(type, body) {
      runtime.setNow(START + seconds++ * 1_000);
      const validation = engine.validate(type, body);
      if (!validation.ok) throw new Error(`${type} breaks its schema`);
      return engine.submit(validation.command, delivery);
    },
    remove(body) {
      runtime.setNow(START + seconds++ * 1_000);
      const parsed = commands.RemoveFollower.schema.parse(body);
      return engine.submit({ type: 'RemoveFollower', parsed, body }, delivery);
    },
    ask(name, params, search = {}) {
      const query = app.queries.find((candidate) => candidate.name === name);
      if (!query) throw new Error(`there is no query ${name}`);
      const input = { params: query.params.parse(params), search: query.search.parse(search) };
      return engine.query(query, input);
    },
  };
}

/** A node with these accounts, registered one second after another. */
export async function withAccounts(...ids: string[]): Promise<Node> {
  const made = node();
  for (const id of ids) {
    const body = { accountId: id, email: `${id}@example.org`, username: `user_${id}` };
    expect((await made.send('RegisterAccount', body)).status).toBe('accepted');
  }
  return made;
}

/** The outcome in short: the reason, or the events' types. */
export function said(outcome: Outcome): string {
  if (outcome.status === 'failed') return outcome.failure.code;
  if (outcome.status === 'rejected') return outcome.reason;
  return outcome.events.map(({ type }) => type).join() || 'no effect';
}

export const annFollowsBob = { followerId: 'ann', followeeId: 'bob' };
export const bobBlocksAnn = { blockerId: 'bob', blockedId: 'ann' };
