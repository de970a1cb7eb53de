/** Whether everything in the store is accounted for, and nothing is left over. */
import { normal } from './account.ts';
import type { Content } from './content.ts';
import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Graph } from './graph-audit.ts';
import { placeOf } from './names.ts';

/** Positions have no gaps, and every record lies where its actor does. */
export function auditFeeds(content: Content, partitions: number, findings: Findings): void {
  for (const [partition, feed] of content.feeds) {
    const head = content.heads.get(partition) ?? 0;
    findings.check(
      head === feed.length,
      'positions have no gaps',
      () => `${partition} has ${feed.length} records up to ${head}`,
    );
    for (const [index, { position, actor }] of feed.entries()) {
      findings.check(
        position === index + 1,
        'positions have no gaps',
        () => `${partition}:${position}`,
      );
      findings.check(
        placeOf(actor, partitions) === partition,
        'records lie with their actor',
        () => actor,
      );
    }
  }
}

/** An account's row, view, claims and collections are what its records make of it. */
export function auditActors({ content, accounts }: Graph, findings: Findings): void {
  const rule = 'state is what the records make';
  for (const [key, actor] of content.actors) {
    if (!key.startsWith('account:')) continue;
    const id = key.slice('account:'.length);
    const account = accounts.get(id);
    if (!account?.isRegistered) {
      findings.check(
        actor.state === '' && actor.view === '',
        'nobody comes to exist by being named',
        () => key,
      );
      continue;
    }
    const { email, username, registeredAt, deactivatedAt, version, following, blocked } = account;
    const line = actor.state.indexOf('\n');
    const header = JSON.parse(actor.state.slice(0, line)) as {
      version: number;
      held: Record<string, string>;
    };
    const machine = JSON.parse(actor.state.slice(line + 1)) as { context: unknown };
    findings.same(machine.context, { email, username, registeredAt, deactivatedAt }, rule, key);
    findings.same(header.version, version, rule, `${key}: version`);
    findings.same(header.held, actor.held, rule, `${key}: claims`);
    const claims = [
      `account/email:${normal(email ?? '')}`,
      `account/username:${normal(username ?? '')}`,
    ];
    findings.same(Object.keys(actor.held).sort(), claims.sort(), rule, `${key}: claims`);
    const view = { username, isActive: account.isActive, joinedAt: registeredAt };
    findings.same(JSON.parse(actor.view), view, rule, `${key}: view`);
    const follows = Array.from(following, ([other, { at, relationshipId }]) => [
      other,
      at,
      JSON.stringify({ relationshipId }),
    ]);
    auditCollection(content, `${key} following`, follows, findings);
    auditCollection(
      content,
      `${key} blocked`,
      Array.from(blocked, ([other, at]) => [other, at, null]),
      findings,
    );
    const sizes = { following: following.size, blocked: blocked.size };
    findings.same({ following: 0, blocked: 0, ...actor.sizes }, sizes, rule, `${key}: sizes`);
  }
  for (const [id, account] of accounts) {
    findings.check(
      account.records === 0 || content.actors.has(`account:${id}`),
      rule,
      () => `${id} has no row`,
    );
  }
}

/** Entries are those told, in both orders. */
export function auditCollection(
  content: Content,
  name: string,
  told: readonly (readonly (string | number | null)[])[],
  findings: Findings,
): void {
  const entries = told
    .map(([key, at, value]) => [key, new Date(at ?? 0).getTime(), value])
    .sort(byKey);
  for (const kept of [content.entries, content.timed]) {
    const found = Array.from(kept.get(name) ?? [], ([key, { at, value }]) => [key, at, value]);
    findings.same(found.sort(byKey), entries, 'collections are what the records make', name);
  }
}

function byKey([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

/** Nothing is left to do, and every key has its reason. */
export function auditStructures(
  content: Content,
  { partitions, subscribers, mayStay }: Evidence,
  findings: Findings,
): void {
  const orphan = 'nothing is left over';
  for (const key of content.unknown) findings.say('every key is of a known kind', key);
  for (const id of content.pendingAsyncs) findings.say(orphan, `the async command ${id}`);
  for (const [partition, count] of content.pendingCounts) {
    findings.check(count === 0, orphan, () => `${count} async commands in ${partition}`);
  }
  for (const [id, { result }] of content.asyncs) {
    findings.check(result !== null, orphan, () => `the async command ${id} has no result`);
  }
  const counts = new Map<string, readonly [rows: number, ordered: number]>();
  for (const { partition, table, key, order, body } of content.rows) {
    findings.check(mayStay({ table }), orphan, () => `a row of ${table}: ${key} ${body}`);
    const of = `${partition} ${table}`;
    const [rows, ordered] = counts.get(of) ?? [0, 0];
    counts.set(of, [rows + 1, ordered + (order === null ? 0 : 1)]);
    const isInOrder = order === null || content.orders.delete(`${of} ${order} ${key}`);
    findings.check(isInOrder, 'rows are in their order', () => `${of} ${key}`);
  }
  for (const order of content.orders) findings.say('rows are in their order', order);
  for (const [of, [rows, ordered]] of content.tableCounts) {
    findings.same([rows, ordered], counts.get(of) ?? [0, 0], 'tables know their rows', of);
  }
  auditPassed(content, partitions, subscribers, findings);
  auditExpiries(content, findings);
}

function auditPassed(
  content: Content,
  partitions: number,
  subscribers: readonly string[],
  findings: Findings,
): void {
  const rule = 'everybody has passed the feed';
  const names = subscribers.map((name) => nameNow(content, name));
  for (let partition = 0; partition < partitions; partition++) {
    const head = content.heads.get(partition) ?? 0;
    // Who has no checkpoint stands at the beginning.
    const beginning = names.map((name) => [name, 0] as const);
    const found = new Map([...beginning, ...(content.work.get(partition)?.checkpoints ?? [])]);
    const told = Object.fromEntries(names.map((name) => [name, head]));
    findings.same(Object.fromEntries(found), told, rule, `partition ${partition}`);
  }
  for (const [cursor, position] of content.cursors) {
    const [, name = '', source] = /^\d+ (.*)@(\d+)$/.exec(cursor) ?? [];
    const head = content.heads.get(Number(source)) ?? 0;
    // What is no more has its cursors closed for ever.
    const isRight = names.includes(name) ? position <= head : position > head;
    findings.check(isRight, rule, () => `${cursor} is at ${position} of ${head}`);
  }
}

/** A projection that was made anew passes the feed under another name. */
function nameNow(content: Content, name: string): string {
  const number = generationOf(content, name);
  return number === 0 ? name : `${name}#${number}`;
}

/** The number of the read model that is read; the first is 0. */
export function generationOf({ rows }: Content, projection: string): number {
  const row = rows.find(({ table, key }) => table === 'projections' && key === projection);
  if (!row) return 0;
  const lineage = JSON.parse(row.body) as { generations: { number: number; phase: string }[] };
  return lineage.generations.find(({ phase }) => phase === 'active')?.number ?? 0;
}

/** What is to go has its time, and what has a time is there. */
function auditExpiries(content: Content, findings: Findings): void {
  const rule = 'what expires is written down';
  for (const [key, time] of content.expiring) {
    const isThere = time === 0 || content.expiries.get(key)?.includes(time) === true;
    findings.check(isThere, rule, () => `${key} at ${time}`);
  }
  for (const [key] of content.expiries) {
    findings.check(content.expiring.has(key), rule, () => `there is no ${key}`);
  }
}
