import { randomUUID } from 'node:crypto';
import fc, { type AsyncCommand } from 'fast-check';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Asked, GraphModel } from './graph-model.ts';
import type { World } from './world.ts';

/** The accounts, and the emails and usernames that they contend for. */
export const NAMES = ['ann', 'bea', 'cleo'] as const;

const replySchema = z.looseObject({
  actor: z.object({ version: z.int() }),
  position: z.string().optional(),
  detail: z.string().optional(),
  events: z.array(z.looseObject({ type: z.string() })).optional(),
});

type Step = AsyncCommand<GraphModel, World>;

/** How a command is sent. */
interface Manner {
  /** With the version that the account has, or with another one. */
  readonly ifMatch: 'none' | 'right' | 'wrong';
  /** Twice under one key. */
  readonly isRepeated: boolean;
}

/** Sends a command and expects what the model says. */
class Sending implements Step {
  readonly #asked: Asked;
  readonly #manner: Manner;

  constructor(asked: Asked, manner: Manner) {
    this.#asked = asked;
    this.#manner = manner;
  }

  check(): boolean {
    return true;
  }

  async run(model: GraphModel, world: World): Promise<void> {
    const { ifMatch, isRepeated } = this.#manner;
    const before = model.versionOf(this.#asked.self);
    const headers = {
      ...(ifMatch !== 'none' && { 'if-match': `"${ifMatch === 'right' ? before : before + 1}"` }),
      ...(isRepeated && { 'idempotency-key': randomUUID() }),
    };
    const answer = await world.command(this.#asked, headers);
    const { status, text } = answer;
    const { actor, position, detail, events = [] } = replySchema.parse(JSON.parse(text));
    const told = { status, version: actor.version };
    if (ifMatch === 'wrong') {
      expect(told).toEqual({ status: 412, version: before });
      return;
    }
    const predicted = model.run(this.#asked);
    const seen =
      status === 409 ? { ...told, reason: detail } : { ...told, event: events[0]?.type ?? null };
    expect(seen).toEqual(predicted);
    if (position !== undefined) model.positions.add(position);
    if (isRepeated) {
      const again = await world.command(this.#asked, headers);
      expect([again.status, again.text]).toEqual([status, text]);
      expect(again.headers['idempotency-replayed']).toBe('true');
    }
    if (model.isUnsettled) {
      await world.idle();
      model.settle();
    }
  }

  toString(): string {
    const { ifMatch, isRepeated } = this.#manner;
    const version = ifMatch === 'none' ? '' : `, ${ifMatch} version`;
    return `${tell(this.#asked)}${version}${isRepeated ? ', twice' : ''}`;
  }
}

/** A command in few words. */
export function tell({ type, self, other, email, username }: Asked): string {
  if (type === 'RegisterAccount') return `${type}(${self}, ${email}, ${username})`;
  return type === 'DeactivateAccount' ? `${type}(${self})` : `${type}(${self}, ${other})`;
}

const items = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) });
const stats = z.object({
  followerCount: z.int(),
  followingCount: z.int(),
  mutualCount: z.int(),
});
const relationship = z.looseObject({
  aFollowsB: z.boolean(),
  bFollowsA: z.boolean(),
  aBlockedByB: z.boolean(),
  bBlockedByA: z.boolean(),
});

const QUERIES = ['following', 'followers', 'blocked', 'stats', 'relationship', 'username'] as const;

/** Asks, after all that was answered, and expects what the model holds. */
class Asking implements Step {
  readonly #query: (typeof QUERIES)[number];
  readonly #a: string;
  readonly #b: string;

  constructor(query: (typeof QUERIES)[number], a: string, b: string) {
    this.#query = query;
    this.#a = a;
    this.#b = b;
  }

  check(): boolean {
    return true;
  }

  async run(model: GraphModel, world: World): Promise<void> {
    const [a, b] = [this.#a, this.#b];
    const account = model.accounts.get(a);
    switch (this.#query) {
      case 'following':
        return this.#expectList(model, world, account && [...account.follows]);
      case 'followers':
        return this.#expectList(model, world, account && model.followersOf(a));
      case 'blocked':
        return this.#expectList(model, world, account && [...account.blocks]);
      case 'stats': {
        const path = `/v1/accounts/${world.idOf(a)}/follow-stats`;
        const followers = model.followersOf(a);
        expect(await world.read(path, stats, model.positions)).toEqual(
          account
            ? {
                followerCount: followers.length,
                followingCount: account.follows.size,
                mutualCount: followers.filter((id) => account.follows.has(id)).length,
              }
            : null,
        );
        return;
      }
      case 'relationship': {
        const path = `/v1/relationships/${world.idOf(a)}/${world.idOf(b)}`;
        const seen = await world.read(path, relationship);
        if (!account || !model.accounts.has(b)) {
          expect(seen).toBeNull();
          return;
        }
        expect(seen).toMatchObject({
          aFollowsB: model.follows(a, b),
          bFollowsA: model.follows(b, a),
          aBlockedByB: model.blocks(b, a),
          bBlockedByA: model.blocks(a, b),
        });
        return;
      }
      case 'username': {
        const path = `/v1/accounts?username=${world.idOf(a).toUpperCase()}`;
        const seen = await world.read(path, items, model.positions);
        const holder = [...model.accounts].find(([, { username }]) => username === a)?.[0];
        const expected = holder === undefined ? [] : [holder];
        expect(seen?.items.map(({ id }) => world.nameOf(id))).toEqual(expected);
      }
    }
  }

  async #expectList(
    model: GraphModel,
    world: World,
    expected: readonly string[] | undefined,
  ): Promise<void> {
    const path = `/v1/accounts/${world.idOf(this.#a)}/${this.#query}`;
    const seen = await world.read(path, items, model.positions);
    expect(seen?.items.map(({ id }) => world.nameOf(id)).sort()).toEqual(expected?.toSorted());
  }

  toString(): string {
    return `${this.#query}(${this.#a}${this.#query === 'relationship' ? `, ${this.#b}` : ''})`;
  }
}

const name = fc.constantFrom(...NAMES);

/** Any command between the accounts. */
export const asked: fc.Arbitrary<Asked> = fc.record({
  type: fc.constantFrom(
    'RegisterAccount',
    'RegisterAccount',
    'FollowAccount',
    'FollowAccount',
    'FollowAccount',
    'RemoveFollower',
    'BlockAccount',
    'UnblockAccount',
    'DeactivateAccount',
  ),
  self: name,
  other: name,
  email: name,
  username: name,
});

/** The registration of an account under its own email and username. */
export function registrationOf(self: string): Asked {
  return { type: 'RegisterAccount', self, other: self, email: self, username: self };
}

const manner = fc.record<Manner>({
  ifMatch: fc.constantFrom('none', 'none', 'none', 'right', 'wrong'),
  isRepeated: fc.constantFrom(false, false, false, true),
});

const plain: Manner = { ifMatch: 'none', isRepeated: false };

/** Any step of a run. */
export const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(asked, manner).map((drawn) => new Sending(...drawn)),
  asked.map((one) => new Sending(one, plain)),
  name.map((self) => new Sending(registrationOf(self), plain)),
  fc.tuple(fc.constantFrom(...QUERIES), name, name).map((drawn) => new Asking(...drawn)),
];
