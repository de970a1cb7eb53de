/**
 * The parts of the domain that both bare servers share: the command's schema, an account as a
 * machine, one pure step of it, and the answer. Of one command only, and with no refusals told
 * apart: as little as a server can do that decides `FollowAccount` and answers as ours does.
 */
import { randomUUID } from 'node:crypto';
import { emit, type SnapshotFrom, setup } from 'xstate';
import { z } from 'zod';

const AccountId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

export const FollowAccount = z.strictObject({ followerId: AccountId, followeeId: AccountId });
export type FollowAccount = z.output<typeof FollowAccount>;

/** What a follow needs to know beyond its own account's snapshot. */
export interface FollowFacts {
  readonly followee: { readonly isActive: boolean } | null;
  readonly following: string | null;
  readonly blocked: string | null;
  readonly blockedBy: string | null;
  readonly followingCount: number;
}

interface FollowMessage {
  readonly type: 'FollowAccount';
  readonly data: FollowAccount;
  readonly facts: FollowFacts;
  readonly meta: { readonly commandId: string; readonly at: string };
}

interface FollowCreated {
  readonly type: 'FollowCreated';
  readonly relationshipId: string;
  readonly followerId: string;
  readonly followeeId: string;
  readonly createdAt: string;
}

interface FollowRejected {
  readonly type: 'FollowRejected';
  readonly reason: string;
}

interface AccountContext {
  readonly accountId: string;
  readonly email: string;
  readonly username: string;
  readonly registeredAt: string;
}

const accountMachine = setup({
  types: {
    context: {} as AccountContext,
    events: {} as FollowMessage,
    emitted: {} as FollowCreated | FollowRejected,
    input: {} as AccountContext,
  },
  guards: {
    self: ({ event }) => event.data.followerId === event.data.followeeId,
    unknown: ({ event }) => event.facts.followee === null,
    inactive: ({ event }) => event.facts.followee?.isActive !== true,
    blocked: ({ event }) => event.facts.blocked !== null || event.facts.blockedBy !== null,
    already: ({ event }) => event.facts.following !== null,
  },
  actions: { noEffect: () => {} },
}).createMachine({
  id: 'account',
  context: ({ input }) => input,
  initial: 'active',
  states: {
    active: {
      on: {
        FollowAccount: [
          { guard: 'self', actions: emit({ type: 'FollowRejected', reason: 'self' }) },
          { guard: 'unknown', actions: emit({ type: 'FollowRejected', reason: 'unknown' }) },
          { guard: 'inactive', actions: emit({ type: 'FollowRejected', reason: 'inactive' }) },
          { guard: 'blocked', actions: emit({ type: 'FollowRejected', reason: 'blocked' }) },
          { guard: 'already', actions: 'noEffect' },
          {
            actions: emit(({ event }) => ({
              type: 'FollowCreated' as const,
              relationshipId: event.meta.commandId,
              followerId: event.data.followerId,
              followeeId: event.data.followeeId,
              createdAt: event.meta.at,
            })),
          },
        ],
      },
    },
  },
});

export type AccountSnapshot = SnapshotFrom<typeof accountMachine>;

const ignore = (): void => {};
let emitted: FollowCreated | FollowRejected | null = null;

// One scope for every step: nothing in it is an actor's own, since the step is pure.
const scope = {
  self: {},
  id: 'bare',
  sessionId: 'bare',
  system: { _sendInspectionEvent: ignore },
  logger: ignore,
  defer: ignore,
  stopChild: ignore,
  emit: ignore,
  actionExecutor: (action: { type: string; params?: unknown }) => {
    if (action.type !== 'xstate.emit') return;
    emitted = (action.params as { event: FollowCreated | FollowRejected }).event;
  },
} as unknown as Parameters<typeof accountMachine.transition>[2];

/** One command's decision: what became of the account and of the command. */
export interface Decision {
  readonly snapshot: AccountSnapshot;
  readonly event: FollowCreated | null;
  readonly message: FollowMessage;
}

/** Decides one command. Pure but for the message's id and time. */
export function decide(
  snapshot: AccountSnapshot,
  data: FollowAccount,
  facts: FollowFacts,
): Decision {
  const meta = { commandId: randomUUID(), at: new Date().toISOString() };
  const message: FollowMessage = { type: 'FollowAccount', data, facts, meta };
  emitted = null;
  const next = accountMachine.transition(snapshot, message, scope);
  const event = emitted as FollowCreated | FollowRejected | null;
  if (event?.type === 'FollowRejected') throw new Error(`the bare server refuses: ${event.reason}`);
  return { snapshot: next, event, message };
}

/** An account's snapshot from what the store holds. */
export function restore(stored: string): AccountSnapshot {
  return accountMachine.resolveState(JSON.parse(stored));
}

/** An account's snapshot as the store holds it. */
export function persist(snapshot: AccountSnapshot): string {
  return JSON.stringify({ value: snapshot.value, context: snapshot.context });
}

/** What a new account holds, for filling a store. */
export function newAccount(id: string): string {
  return JSON.stringify({
    value: 'active',
    context: {
      accountId: id,
      email: `${id}@example.com`,
      username: `u_${id}`,
      registeredAt: '2026-01-01T00:00:00.000Z',
    },
  });
}

/** The feed's record of one decision. */
export function record(decision: Decision, version: number): string {
  const { message, event } = decision;
  return JSON.stringify({
    actor: message.data.followerId,
    version,
    cause: { commandId: message.meta.commandId, type: message.type, data: message.data },
    at: message.meta.at,
    facts: message.facts,
    events: event === null ? [] : [eventData(event)],
  });
}

/** The accepted answer, as API.md has it. */
export function answer(decision: Decision, version: number, position: string): string {
  const { message, event } = decision;
  const { commandId, at } = message.meta;
  const actor = { type: 'account', id: message.data.followerId, version };
  const events =
    event === null
      ? []
      : [
          {
            id: `${commandId}.0`,
            actor,
            position: `${position}.0`,
            occurredAt: at,
            correlationId: commandId,
            causationId: commandId,
            ...eventData(event),
          },
        ];
  return JSON.stringify({ status: 'accepted', commandId, actor, position, events });
}

function eventData({ type, ...data }: FollowCreated): object {
  return { type, version: 1, data };
}
