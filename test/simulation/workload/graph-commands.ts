import type { Random } from '../world/random.ts';

/** A command that a client may send. */
export interface Wish {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const ACCOUNTS = 10;
const NAMES = 12;
/** Each with how often it is drawn. */
const OFTEN: readonly (readonly [string, number])[] = [
  ['RegisterAccount', 10],
  ['FollowAccount', 42],
  ['BlockAccount', 14],
  ['UnblockAccount', 14],
  ['RemoveFollower', 12],
  ['DeactivateAccount', 2],
];
const TYPES = OFTEN.flatMap(([type, often]) => Array<string>(often).fill(type));

/** The commands of one run: few accounts, so that many meet. */
export class GraphCommands {
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): Wish {
    const isEarly = this.#count++ < 2 * ACCOUNTS;
    return this.of(isEarly ? 'RegisterAccount' : this.#random.oneOf(TYPES), this.#account());
  }

  /** Commands of one actor. */
  batch(size: number): Wish[] {
    const account = this.#account();
    const types = TYPES.filter((type) => type !== 'RegisterAccount');
    return Array.from({ length: size }, () => this.of(this.#random.oneOf(types), account));
  }

  of(type: string, account: string): Wish {
    const other = this.#account();
    switch (type) {
      case 'RegisterAccount':
        return { type, body: this.#registration(account) };
      case 'FollowAccount':
      case 'RemoveFollower':
        return { type, body: { followerId: account, followeeId: other } };
      case 'BlockAccount':
      case 'UnblockAccount':
        return { type, body: { blockerId: account, blockedId: other } };
      default:
        return { type, body: { accountId: account } };
    }
  }

  /** The actor that a command goes to. */
  static target({ body }: Wish): string {
    return String(body.followerId ?? body.blockerId ?? body.accountId);
  }

  #account(): string {
    return `a${this.#random.below(ACCOUNTS)}`;
  }

  #registration(accountId: string) {
    const email = `e${this.#random.below(NAMES)}@example.org`;
    const username = `user${this.#random.below(NAMES)}`;
    const isLoud = this.#random.chance(0.3);
    return {
      accountId,
      email: isLoud ? email.toUpperCase() : email,
      username: isLoud ? username.toUpperCase() : username,
    };
  }
}
