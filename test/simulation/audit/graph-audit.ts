/** Whether a run of the graph kept every rule: by the store's content and what clients know. */
import { Account, normal, text } from './account.ts';
import { auditAnswers } from './answers.ts';
import { auditChain } from './chain.ts';
import { Content, type Data, type FeedRecord } from './content.ts';
import { faultOf, hadNoEffect } from './decisions.ts';
import type { Evidence } from './evidence.ts';
import { Findings } from './findings.ts';
import { auditModels } from './models.ts';
import { auditPolicies } from './policies.ts';
import { Spans } from './spans.ts';
import { auditActors, auditFeeds, auditStructures } from './structures.ts';

/** The graph as its records tell it. */
export interface Graph {
  readonly content: Content;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly spans: Spans;
  readonly timeOf: (record: FeedRecord) => number;
}

/** @returns every rule that does not hold */
export function auditGraph(evidence: Evidence, limit: number): string[] {
  const findings = new Findings();
  const content = new Content(evidence.dump);
  const timeOf = (record: FeedRecord) => evidence.writtenAt.get(record.key) ?? Number.NaN;
  const spans = spansOf(content, timeOf);
  const accounts = fold(content, spans, timeOf, evidence, limit, findings);
  const graph: Graph = { content, accounts, spans, timeOf };
  auditFeeds(content, evidence.partitions, findings);
  auditActors(graph, findings);
  auditChain(content, findings);
  auditAnswers({ content, timeOf, ...toldBy(accounts) }, evidence.history, findings);
  auditPolicies(graph, limit, findings);
  auditRest(graph, limit, findings);
  auditModels(graph, evidence.partitions, findings);
  auditStructures(content, evidence, findings);
  return findings.all;
}

/** What was so when, of all accounts. */
function spansOf(content: Content, timeOf: Graph['timeOf']): Spans {
  const spans = new Spans();
  for (const record of content.records) {
    const at = timeOf(record);
    const id = idOf(record);
    for (const { type, data } of record.events) {
      if (type === 'AccountRegistered') {
        spans.begin(`registered ${id}`, at);
        spans.begin(`active ${id}`, at);
        spans.begin(`email ${normal(text(data, 'email'))}`, at);
        spans.begin(`username ${normal(text(data, 'username'))}`, at);
      }
      if (type === 'AccountDeactivated') {
        spans.end(`active ${id}`, at);
        spans.begin(`inactive ${id}`, at);
      }
      if (type === 'AccountBlocked') spans.begin(`blocks ${id} ${text(data, 'blockedId')}`, at);
      if (type === 'AccountUnblocked') spans.end(`blocks ${id} ${text(data, 'blockedId')}`, at);
    }
  }
  return spans;
}

/** Each account as its records leave it, each record judged by what was before it. */
function fold(
  { records }: Content,
  spans: Spans,
  timeOf: Graph['timeOf'],
  { history }: Evidence,
  limit: number,
  findings: Findings,
): Map<string, Account> {
  const accounts = new Map<string, Account>();
  const sentAt = new Map(
    history.map(({ traceId, tries }) => [traceId, tries[0]?.sentAt ?? Number.NaN]),
  );
  for (const record of records) {
    const id = idOf(record);
    const self = accounts.get(id) ?? new Account();
    accounts.set(id, self);
    const what = () =>
      `${record.actor} v${record.version} at ${record.partition}:${record.position}`;
    const until = timeOf(record);
    // A policy's command was sent after its cause, which bears the same trace.
    const from = sentAt.get(record.correlationId) ?? Number.NEGATIVE_INFINITY;
    const fault = faultOf(record, { self, others: spans, from, until, limit });
    findings.check(fault === null, 'decisions follow the rules', () => `${what()}: ${fault}`);
    self.take(record, until);
  }
  return accounts;
}

function idOf({ actor }: FeedRecord): string {
  return actor.slice(actor.indexOf(':') + 1);
}

/** What answers are judged by. */
function toldBy(accounts: ReadonlyMap<string, Account>) {
  const accountOf = (actor: string) => accounts.get(actor.slice(actor.indexOf(':') + 1));
  return {
    reachedAt: (actor: string) => accountOf(actor)?.reachedAt ?? [Number.NEGATIVE_INFINITY],
    hadNoEffect: (type: string, body: Data, actor: string, version: number) =>
      hadNoEffect(type, body, accountOf(actor)?.states[version] ?? NOBODY),
    actorOf: (body: Data) =>
      `account:${String(body.followerId ?? body.blockerId ?? body.accountId)}`,
  };
}

const NOBODY: Account['states'][number] = {
  isRegistered: false,
  isActive: false,
  follows: new Set(),
  blocks: new Set(),
};

/** What must hold of the graph once everything has come to rest. */
function auditRest({ accounts, content }: Graph, limit: number, findings: Findings): void {
  for (const [id, { following, blocked, isActive }] of accounts) {
    findings.check(
      following.size <= limit,
      'nobody follows too many',
      () => `${id} follows ${following.size}`,
    );
    for (const followee of following.keys()) {
      const other = accounts.get(followee);
      const one = () => `${id} follows ${followee}`;
      findings.check(isActive, 'who is not active follows nobody', one);
      findings.check(other?.isActive === true, 'nobody follows who is not active', one);
      const isBlocked = blocked.has(followee) || other?.blocked.has(id) === true;
      findings.check(!isBlocked, 'no follow stands beside a block', one);
    }
  }
  const holders = new Map<string, string>();
  for (const [id, { email, username }] of accounts) {
    for (const [name, value] of [
      ['email', email],
      ['username', username],
    ] as const) {
      if (value === null) continue;
      const claim = `account/${name}:${normal(value)}`;
      const other = holders.get(claim);
      findings.check(
        other === undefined,
        'claims are unique',
        () => `${claim} is ${other}'s and ${id}'s`,
      );
      holders.set(claim, id);
      // Under which token it was taken last says nothing: that it is held counts alone.
      const holder = content.claims.get(claim)?.holder;
      findings.check(
        holder === `account:${id}`,
        'claims are their holders’',
        () => `${claim} of ${id} is with ${holder}`,
      );
    }
  }
  for (const claim of content.claims.keys()) {
    findings.check(holders.has(claim), 'no claim is orphaned', () => claim);
  }
}
