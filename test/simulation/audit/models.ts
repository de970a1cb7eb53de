/** Whether the read models are what the feed makes of them. */
import { normal } from './account.ts';
import type { Findings } from './findings.ts';
import type { Graph } from './graph-audit.ts';
import { placeOf } from './names.ts';
import { auditCollection, generationOf } from './structures.ts';

type Entry = readonly [key: string, at: string | number, value: string | null];

export function auditModels(graph: Graph, partitions: number, findings: Findings): void {
  const { content, accounts } = graph;
  const followers = new Map<string, Entry[]>();
  const usernames = new Map<string, Entry[]>();
  for (const [id, { following, username }] of accounts) {
    for (const [followee, { at }] of following) add(followers, followee, [id, at, null]);
    if (username === null) continue;
    const name = normal(username);
    add(usernames, name.slice(0, 2), [name, 0, JSON.stringify({ accountId: id })]);
  }
  for (const [model, told] of [
    ['followers', followers],
    ['usernames', usernames],
  ] as const) {
    const type = typeRead(graph, model);
    for (const [owner, entries] of told)
      auditCollection(content, `${type}:${owner} entries`, entries, findings);
    for (const [name, found] of content.entries) {
      const owner = name.slice(type.length + 1, name.lastIndexOf(' '));
      const isTold = !name.startsWith(`${type}:`) || told.has(owner);
      findings.check(
        isTold,
        'read models are what the feed makes',
        () => `${name}: ${[...found.keys()]}`,
      );
    }
  }
  auditOwners(graph, findings);
  auditRanking(graph, followers, partitions, findings);
}

function add(all: Map<string, Entry[]>, owner: string, entry: Entry): void {
  all.set(owner, [...(all.get(owner) ?? []), entry]);
}

/** The type of the owners of what is read: a read model that was made anew has another. */
function typeRead({ content }: Graph, model: string): string {
  const number = generationOf(content, model);
  return number === 0 ? `~${model}` : `~${model}#${number}`;
}

/** Nobody owns entries but accounts and what is read. */
function auditOwners(graph: Graph, findings: Findings): void {
  const types = ['account', typeRead(graph, 'followers'), typeRead(graph, 'usernames')];
  const names = [
    ...graph.content.entries.keys(),
    ...graph.content.timed.keys(),
    ...graph.content.actors.keys(),
  ];
  for (const name of names) {
    const type = name.slice(0, name.indexOf(':'));
    findings.check(types.includes(type), 'nothing is left of other read models', () => name);
  }
}

function auditRanking(
  graph: Graph,
  followers: ReadonlyMap<string, Entry[]>,
  partitions: number,
  findings: Findings,
): void {
  const { content } = graph;
  const type = typeRead(graph, 'followers');
  const told = new Map<string, Record<string, number>>();
  for (const [owner, { length }] of followers) {
    const name = `${placeOf(`${type}:${owner}`, partitions)} ${type}`;
    told.set(name, { ...told.get(name), [owner]: length });
  }
  for (const name of new Set([...told.keys(), ...content.rankings.keys()])) {
    const found = Object.fromEntries(content.rankings.get(name) ?? []);
    findings.same(found, told.get(name) ?? {}, 'the ranking shows who is followed', name);
  }
}
