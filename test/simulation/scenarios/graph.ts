import { graphApp, SMALL_LIMIT } from '../apps/graph.ts';
import { Content } from '../audit/content.ts';
import type { Evidence } from '../audit/evidence.ts';
import { auditGraph } from '../audit/graph-audit.ts';
import { type Clients, PLAINLY } from '../workload/clients.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { Scenario, Wish } from './scenario.ts';

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

/** The domain that is served: few accounts, so that many commands meet. */
export class GraphScenario implements Scenario {
  readonly appFor = () => graphApp;
  failsOutside = false;
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): Wish {
    const isEarly = this.#count++ < 2 * ACCOUNTS;
    return this.#of(isEarly ? 'RegisterAccount' : this.#random.oneOf(TYPES), this.#account());
  }

  batch(size: number): Wish[] {
    const account = this.#account();
    const types = TYPES.filter((type) => type !== 'RegisterAccount');
    return Array.from({ length: size }, () => this.#of(this.#random.oneOf(types), account));
  }

  other({ type }: Wish): Wish {
    return {
      type: 'DeactivateAccount',
      body: { accountId: 'a0', reason: `in the place of ${type}` },
    };
  }

  targetOf({ body }: Wish): string {
    return String(body.followerId ?? body.blockerId ?? body.accountId);
  }

  mayStay({ table }: { readonly table: string }): boolean {
    return table === 'projections';
  }

  expects(): boolean {
    return false;
  }

  tend(): void {}

  /** A claim that a crash left blocks nobody: whoever wants it gets it. */
  async prove({ content }: World, clients: Clients): Promise<readonly string[]> {
    const { claims, actors } = new Content(content.dump());
    const faults: string[] = [];
    for (const [claim, { holder }] of claims) {
      if (actors.get(holder)?.held[claim] !== undefined) continue;
      const id = `heir${claims.size}x${faults.length}x${clients.history.length}`;
      const [, name = '', value = ''] = /^account\/(\w+):(.*)$/.exec(claim) ?? [];
      const body = { accountId: id, email: `${id}@example.org`, username: id, [name]: value };
      const sent = clients.note({ type: 'RegisterAccount', body }, { ...PLAINLY, key: claim });
      await clients.send(sent);
      const last = sent.tries.at(-1)?.outcome;
      if (typeof last === 'object' && last?.status === 'accepted') continue;
      faults.push(
        `an orphaned claim blocks nobody: ${claim} of ${holder}: ${JSON.stringify(last)}`,
      );
    }
    return faults;
  }

  audit(evidence: Evidence): readonly string[] {
    return auditGraph(evidence, SMALL_LIMIT);
  }

  #of(type: string, account: string): Wish {
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
