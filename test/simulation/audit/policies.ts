/** Whether policies did what was theirs to do: each of their commands once, and none without its cause. */
import { createHash } from 'node:crypto';
import { text } from './account.ts';
import type { Data, FeedRecord } from './content.ts';
import type { Findings } from './findings.ts';
import type { Graph } from './graph-audit.ts';

/** A command that a policy owes, or may send. */
interface Due {
  readonly target: string;
  readonly data: Data;
  readonly isOwed: boolean;
  readonly policy: string;
}

/** How many timers of a clean-up are looked for, and how many removals of each. */
const LOOKS_MAX = 80;
const REMOVALS_MAX = 12;

export function auditPolicies(graph: Graph, limit: number, findings: Findings): void {
  const due = dueOf(graph, limit);
  const cleanUps = new CleanUps(graph);
  for (const [id, { target, isOwed, policy }] of due) {
    const isAnswered = graph.content.replies.get(target)?.has(id) === true;
    findings.check(
      isAnswered || !isOwed,
      'policies do what is theirs',
      () => `${policy} owes ${target} ${id}`,
    );
  }
  for (const [actor, replies] of graph.content.replies) {
    for (const [id, { body }] of replies) {
      if (id.length !== 22) continue;
      const isDue = due.get(id)?.target === actor || cleanUps.has(id);
      findings.check(
        isDue,
        'policies do nothing without a cause',
        () => `${actor} answered ${id}: ${body}`,
      );
    }
  }
  for (const record of graph.content.records) {
    const [, policy] = record.principal.split('/');
    if (record.principal === 'client' || policy === undefined) continue;
    const told = due.get(record.commandId);
    const isTold = told
      ? isSame(record, told)
      : cleanUps.has(record.commandId) && policy === 'account-cleanup';
    findings.check(
      isTold,
      'policies do nothing without a cause',
      () => `${record.principal}: ${JSON.stringify(record.command)}`,
    );
  }
}

function isSame({ actor, principal, command }: FeedRecord, { target, data, policy }: Due): boolean {
  const isAsTold = Object.entries(data).every(([name, value]) => command.data[name] === value);
  return isAsTold && actor === target && principal === `policy/${policy}`;
}

/** What follows from the feed, by the ids that commands have. */
function dueOf({ content }: Graph, limit: number): Map<string, Due> {
  const due = new Map<string, Due>();
  const add = (policy: string, event: string, index: number, data: Data, isOwed: boolean) => {
    const target = `account:${text(data, 'followerId')}`;
    due.set(idOf(policy, event, event, event, index), { target, data, isOwed, policy });
  };
  for (const { commandId, events, facts } of content.records) {
    for (const [index, { type, data }] of events.entries()) {
      const event = `${commandId}.${index}`;
      if (type === 'AccountBlocked') {
        const { blockerId, blockedId, blockedAt } = data;
        add(
          'blocking',
          event,
          0,
          {
            followerId: blockedId,
            followeeId: blockerId,
            reason: 'blocked_by_followee',
            blockedAt,
          },
          true,
        );
        add(
          'blocking',
          event,
          1,
          { followerId: blockerId, followeeId: blockedId, reason: 'blocked_followee', blockedAt },
          true,
        );
      }
      if (type === 'FollowCreated') {
        const { followerId, followeeId, relationshipId } = data;
        const removal = { followerId, followeeId, relationshipId };
        add('follow-guard', event, 0, removal, false);
        if (Number(facts.followingBefore) >= limit) {
          add('follow-limit', event, 0, { ...removal, reason: 'follow_limit_exceeded' }, true);
        }
      }
    }
  }
  return due;
}

/** Removals of the clean-ups after deactivations: worked out only where they are asked for. */
class CleanUps {
  #ids: Set<string> | null = null;

  constructor(private readonly graph: Graph) {}

  has(id: string): boolean {
    this.#ids ??= this.#all();
    return this.#ids.has(id);
  }

  #all(): Set<string> {
    const ids = new Set<string>();
    for (const { actor, commandId, events } of this.graph.content.records) {
      if (events[0]?.type !== 'AccountDeactivated') continue;
      const event = `${commandId}.0`;
      for (let index = 0; index < REMOVALS_MAX; index++) {
        ids.add(idOf('account-cleanup', actor, event, event, index));
        for (let generation = 1; generation <= LOOKS_MAX; generation++) {
          const timer = `xstate.after.atOnce.account-cleanup.openingFollowers#${generation}`;
          ids.add(idOf('account-cleanup', actor, event, timer, index));
        }
      }
    }
    return ids;
  }
}

/** A command's id: a digest of policy, instance, what made the instance, what caused it, and its place. */
function idOf(
  ...name: readonly [
    policy: string,
    instance: string,
    incarnation: string,
    cause: string,
    index: number,
  ]
): string {
  return createHash('sha256').update(JSON.stringify(name)).digest('base64url').slice(0, 22);
}
