/** Accounts as their own machine decides, with their collections, in memory: no engine around them. */
import { account } from '../../machines/account/aggregate.ts';
import type { AccountCommand } from '../../machines/account/commands.ts';
import type { AccountEvent } from '../../machines/account/events.ts';
import { accountMachine } from '../../machines/account/machine.ts';
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
import { createDriver, type MachineState } from '../../src/engine/driver.ts';
import { command } from './account-steps.ts';

const driver = createDriver(accountMachine, { freeze: true, microstepsMax: 100 });

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
  #states: ReadonlyMap<string, { readonly state: MachineState; readonly version: number }> =
    new Map();
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

  /** Whether a commit of what was found would change its account. */
  changes(intent: Intent, facts: Record<string, unknown>): boolean {
    return this.#decide(intent, facts).events.some(({ type }) => !isRefusal(type));
  }

  /** Decides on what was found, and commits. @returns what was recorded */
  commit(intent: Intent, facts = this.fetch(intent)): readonly AccountEvent[] {
    const id = targetOf(intent);
    const { state, events } = this.#decide(intent, facts);
    const isRefused = events.some(({ type }) => isRefusal(type));
    const version = this.version(id) + (isRefused ? 0 : events.length);
    if (version > this.version(id)) {
      this.#states = new Map(this.#states).set(id, { state, version });
    }
    for (const { type, data } of events) {
      const event = {
        id: `${intent.commandId}.0`,
        actor: { type: 'account', id, version },
        occurredAt: timestamp(intent.at),
        correlationId: intent.commandId,
        // Found facts are JSON, as the engine's are.
        facts: facts as JsonObject,
      };
      this.#feed = [...this.#feed, { type, data, event }];
      for (const [collection, folds] of Object.entries(account.folds)) {
        this.#change('account', id, collection, folds[type]?.(data) ?? null);
      }
    }
    return events;
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

  #decide(intent: Intent, facts: Record<string, unknown>) {
    const { type, body, commandId } = intent;
    const at = timestamp(intent.at);
    const before = this.#states.get(targetOf(intent))?.state ?? driver.initial();
    const { state, events } = driver.step(before, command(type, body, { facts, at, commandId }));
    // What the account's machine declares that it emits.
    return { state, events: events as readonly AccountEvent[] };
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
function timestamp(at: number): string {
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

function isRefusal(type: string): boolean {
  return account.events[type]?.rejection === true;
}
