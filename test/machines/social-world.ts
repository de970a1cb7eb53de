/** Accounts as their own machine decides, with their collections, in memory: no engine around them. */
import { account } from '../../machines/account/aggregate.ts';
import type { AccountCommand } from '../../machines/account/commands.ts';
import type { AccountEvent } from '../../machines/account/events.ts';
import { followers } from '../../machines/read-models/followers.ts';
import type {
  CollectionDefinition,
  Entry,
  EntryChange,
  JsonObject,
  PolicyFact,
  PolicyFactMap,
  RecordedEventInfo,
  ResolvedPolicyFacts,
} from '../../src/define/index.ts';
import { command, type Decision, decide, type State, unregistered } from './account-steps.ts';

type Name = AccountCommand['type'];
type Entries = ReadonlyMap<string, Entry>;

/** What a command recorded: all in one partition, whose feed is a list. */
export interface Recorded {
  readonly type: AccountEvent['type'];
  readonly data: AccountEvent['data'];
  readonly event: RecordedEventInfo;
}

export interface Intent {
  readonly type: Name;
  readonly body: Record<string, unknown>;
  readonly commandId: string;
  /** When it was taken: a whole number, in milliseconds. */
  readonly at: number;
}

export class SocialWorld {
  #states: ReadonlyMap<string, { readonly state: State; readonly version: number }> = new Map();
  /** By aggregate, owner and collection. */
  #entries: ReadonlyMap<string, Entries> = new Map();
  #feed: readonly Recorded[] = [];
  /** How far the followers' read model is. */
  #projected = 0;

  clone(): SocialWorld {
    const copy = new SocialWorld();
    copy.#states = this.#states;
    copy.#entries = this.#entries;
    copy.#feed = this.#feed;
    copy.#projected = this.#projected;
    return copy;
  }

  get feed(): readonly Recorded[] {
    return this.#feed;
  }

  version(id: string): number {
    return this.#states.get(id)?.version ?? 0;
  }

  /** All follows, or all blocks, as `owner key`. */
  pairs(collection: CollectionDefinition): string[] {
    return [...this.#entries].flatMap(([place, entries]) => {
      const [aggregate, owner, name] = place.split('/');
      const isIt = aggregate === collection.aggregate && name === collection.name;
      return isIt ? [...entries.keys()].map((key) => `${owner} ${key}`) : [];
    });
  }

  /** What the facts find now. */
  find<Facts extends PolicyFactMap>(facts: Facts): ResolvedPolicyFacts<Facts> {
    const found = Object.entries(facts).map(([name, fact]) => [name, this.#findOne(fact)]);
    // Each was found by its own description.
    return Object.fromEntries(found) as ResolvedPolicyFacts<Facts>;
  }

  /** What a command finds when it is fetched. */
  fetch(intent: Intent): Record<string, unknown> {
    const { definition, data } = parsed(intent);
    return this.find(definition.facts(data));
  }

  /** Decides on what was found, and commits. */
  commit(intent: Intent, facts: Record<string, unknown> = this.fetch(intent)): Decision {
    const { type, body, commandId } = intent;
    const id = targetOf(intent);
    const at = timestamp(intent.at);
    const before = this.#states.get(id) ?? { state: unregistered, version: 0 };
    const decision = decide(before.state, command(type, body, { facts, at, commandId }));
    if (decision.events.length === 0) return decision;
    const isRefused = decision.events.some(({ type }) => account.events[type]?.rejection);
    const version = isRefused ? before.version : before.version + 1;
    if (!isRefused)
      this.#states = new Map(this.#states).set(id, { state: decision.state, version });
    for (const { type, data } of decision.events) {
      const event = {
        id: `${commandId}.0`,
        actor: { type: 'account', id, version },
        occurredAt: at,
        correlationId: commandId,
        // Found facts are JSON, as the engine's are.
        facts: facts as JsonObject,
      };
      this.#feed = [...this.#feed, { type, data, event }];
      for (const [collection, folds] of Object.entries(account.folds)) {
        this.#change('account', id, collection, folds[type]?.(data) ?? null);
      }
    }
    return decision;
  }

  /** Whether the read model lags. */
  get isBehind(): boolean {
    return this.#projected < this.#feed.length;
  }

  /** Brings the read model one event further. */
  project(): void {
    const recorded = this.#feed[this.#projected++];
    if (recorded === undefined) return;
    for (const { owner, change } of followers.folds[recorded.type]?.(
      recorded.data,
      recorded.event,
    ) ?? []) {
      this.#change(followers.model.aggregate, owner, followers.model.name, change);
    }
  }

  /** All that can still matter, as text: not how it came about. */
  toString(): string {
    const states = [...this.#states].map(([id, { state }]) => [id, state.value]);
    const entries = [...this.#entries].map(([place, found]) => [place, ...found.values()]);
    const toProject = this.#feed.slice(this.#projected).map(({ type, data }) => [type, data]);
    return JSON.stringify([states.sort(), entries.sort(), this.#projected, toProject]);
  }

  #findOne(fact: PolicyFact): unknown {
    switch (fact.kind) {
      case 'view': {
        const found = this.#states.get(fact.id);
        return found ? account.view?.of(found.state) : null;
      }
      case 'entry':
        return this.#of(fact.collection, fact.id).get(fact.key) ?? null;
      case 'size':
        return this.#of(fact.collection, fact.id).size;
      case 'page': {
        const place = ({ since, key }: { since: string; key: string }) => `${since} ${key}`;
        const { after, limit } = fact;
        const left = [...this.#of(fact.collection, fact.id).values()]
          .filter((entry) => after === null || place(entry) < place(after))
          .sort((a, b) => (place(a) < place(b) ? 1 : -1));
        const last = left[limit - 1];
        const next = last && left.length > limit ? { since: last.since, key: last.key } : null;
        return { items: left.slice(0, limit), next };
      }
      case 'heads':
        return [this.#feed.length];
      case 'passed':
        return fact.heads.every((head) => head <= this.#projected);
    }
  }

  #of({ aggregate, name }: CollectionDefinition, owner: string): Entries {
    return this.#entries.get(`${aggregate}/${owner}/${name}`) ?? new Map();
  }

  #change(aggregate: string, owner: string, name: string, change: EntryChange<unknown>): void {
    if (change === null) return;
    const place = `${aggregate}/${owner}/${name}`;
    const entries = new Map(this.#entries.get(place));
    if (change.op === 'put') {
      const { key, since, value } = change;
      entries.set(key, { key, since, value });
    } else entries.delete(change.key);
    this.#entries = new Map(this.#entries).set(place, entries);
  }
}

/** A whole number of milliseconds as events carry it. */
export function timestamp(at: number): string {
  return new Date(at).toISOString();
}

/** The account that decides on a command. */
export function targetOf(intent: Intent): string {
  const { definition, data } = parsed(intent);
  return definition.target(data);
}

function parsed({ type, body }: Intent) {
  const definition = account.commands[type];
  if (definition === undefined) throw new Error(`An account has no command ${type}`);
  return { definition, data: definition.schema.parse(body) };
}
