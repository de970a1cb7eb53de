/** What a file of ratings must come to, worked out from the file alone. */

/** A follow that a policy must have ended. */
export interface Removal {
  readonly to: string;
  /** What may stand as its reason: either one where both block, by which policy came first. */
  readonly reasons: readonly string[];
}

/** What one account must have come to, sorted by id. */
export interface Account {
  /** For each event of its trail, whom it is about. */
  readonly followed: string[];
  readonly refused: string[];
  readonly blocked: string[];
  readonly removed: Removal[];
  /** Whom it follows, who follows it, and whom it blocks, when all is quiet. */
  readonly following: string[];
  readonly followers: string[];
  readonly blocking: string[];
}

interface Rating {
  readonly from: string;
  readonly to: string;
  readonly isFollow: boolean;
}

/** Everything that happened on the way from one person to another. */
interface Way {
  readonly from: string;
  readonly to: string;
  followed: boolean;
  refusals: number;
  repeated: number;
  blocks: number;
}

/** In time order; lines of one time as they stand in the file. */
function ratingsIn(text: string): Rating[] {
  const lines = text.trimEnd().split('\n');
  return lines
    .map((line) => line.split(',').map(Number))
    .toSorted(([, , , one = 0], [, , , other = 0]) => one - other)
    .map(([rater, rated, rating = 0]) => ({
      from: `person-${rater}`,
      to: `person-${rated}`,
      isFollow: rating > 0,
    }));
}

/** The ways of a file, in both directions. */
class Ways {
  readonly #ways = new Map<string, Way>();

  /** Goes through the file once: no follow succeeds once there is a block. */
  constructor(ratings: readonly Rating[]) {
    for (const { from, to, isFollow } of ratings) {
      const way = this.of(from, to);
      if (!isFollow) way.blocks++;
      else if (way.blocks > 0 || this.back(way).blocks > 0) way.refusals++;
      else if (way.followed) way.repeated++;
      else way.followed = true;
    }
  }

  of(from: string, to: string): Way {
    const key = `${from} ${to}`;
    const none = { from, to, followed: false, refusals: 0, repeated: 0, blocks: 0 };
    const way = this.#ways.get(key) ?? none;
    this.#ways.set(key, way);
    return way;
  }

  back({ from, to }: Way): Way {
    return this.of(to, from);
  }

  /** Ordered by names, so that lists made from them are. */
  all(): readonly Way[] {
    return [...this.#ways.keys()].toSorted().flatMap((key) => this.#ways.get(key) ?? []);
  }
}

/** What the whole must have come to. */
export class Expected {
  readonly accounts = new Map<string, Account>();
  readonly #ways: readonly Way[];

  /** @param text the file: rater, rated, rating, time in seconds; no header */
  constructor(text: string) {
    const ways = new Ways(ratingsIn(text));
    this.#ways = ways.all();
    for (const way of this.#ways) this.#take(way, ways.back(way));
  }

  /** The figures by which the file is described. */
  get figures() {
    const count = (of: (account: Account) => readonly unknown[]) =>
      sum([...this.accounts.values()].map((account) => of(account).length));
    return {
      registered: this.accounts.size,
      FollowCreated: count(({ followed }) => followed),
      noEffect: sum(this.#ways.map(({ repeated }) => repeated)),
      FollowRejected: count(({ refused }) => refused),
      AccountBlocked: count(({ blocked }) => blocked),
      FollowRemoved: count(({ removed }) => removed),
      followsLeft: count(({ following }) => following),
    };
  }

  #take(way: Way, back: Way): void {
    const { from, to, followed, refusals, blocks } = way;
    const [actor, other] = [this.#account(from), this.#account(to)];
    actor.refused.push(...Array<string>(refusals).fill(to));
    actor.blocked.push(...Array<string>(blocks).fill(to));
    if (blocks > 0) actor.blocking.push(to);
    if (!followed) return;
    actor.followed.push(to);
    if (blocks === 0 && back.blocks === 0) {
      actor.following.push(to);
      other.followers.push(from);
    } else {
      const reasons = back.blocks > 0 ? ['blocked_by_followee'] : [];
      actor.removed.push({ to, reasons: blocks > 0 ? [...reasons, 'blocked_followee'] : reasons });
    }
  }

  #account(id: string): Account {
    const none: Account = {
      ...{ followed: [], refused: [], blocked: [], removed: [] },
      ...{ following: [], followers: [], blocking: [] },
    };
    const account = this.accounts.get(id) ?? none;
    this.accounts.set(id, account);
    return account;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
