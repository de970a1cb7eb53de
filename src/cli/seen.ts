import { z } from 'zod';
import { type Figures, noFigures, pairsAtOnce } from './figures.ts';
import { ACCOUNTS_IN_FLIGHT } from './limits.ts';
import { pages, Unread } from './pages.ts';
import type { Patience, PatientReply } from './patiently.ts';
import type { ServerLink } from './server-link.ts';
import type { Tally } from './tally.ts';

const event = z.object({ type: z.string(), data: z.object({ reason: z.string().nullish() }) });
const listed = z.object({ id: z.string() });

const BLOCKED = 'Blocked relationship prevents following';

/**
 * What a server has come to, read from its accounts: from the trail of each, and from the lists of
 * whom it follows and blocks.
 *
 * @param tally what the commands were answered: of one without effect no trail tells
 * @param onAccount called after each account
 */
export async function seenFigures(
  link: ServerLink,
  accountIds: readonly string[],
  tally: Tally,
  ports: Patience & { readonly onAccount: () => void },
): Promise<PatientReply<Figures>> {
  const seeing = new Seeing(link, ports);
  const left = [...accountIds];
  const reader = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      await seeing.account(id);
      ports.onAccount();
    }
  };
  try {
    await Promise.all(Array.from({ length: ACCOUNTS_IN_FLIGHT }, reader));
  } catch (error) {
    // The other readers end with the account they are at.
    left.length = 0;
    if (error instanceof Unread) return error.outcome;
    throw error;
  }
  return { kind: 'answered', value: seeing.figures(tally) };
}

/** Gathers what accounts tell. */
class Seeing {
  readonly #link: ServerLink;
  readonly #patience: Patience;
  readonly #figures = noFigures();
  readonly #follows: [string, string][] = [];
  readonly #blocks: [string, string][] = [];

  constructor(link: ServerLink, patience: Patience) {
    this.#link = link;
    this.#patience = patience;
  }

  /** @throws Unread */
  async account(accountId: string): Promise<void> {
    const id = encodeURIComponent(accountId);
    const trail = { path: `v1/actors/account/${id}/events`, cursor: 'before' };
    const types = new Set<string>();
    for await (const events of pages(this.#link, trail, event, this.#patience)) {
      for (const each of events) {
        this.#count(each);
        types.add(each.type);
      }
    }
    // Who never began to follow, or to block, has nothing to list: that spares half of the requests.
    if (types.has('FollowCreated')) {
      await this.#list(`v1/accounts/${id}/following`, (to) => this.#follows.push([accountId, to]));
    }
    if (types.has('AccountBlocked')) {
      await this.#list(`v1/accounts/${id}/blocked`, (to) => this.#blocks.push([accountId, to]));
    }
  }

  figures(tally: Tally): Figures {
    return {
      ...this.#figures,
      'FollowAccount with no effect': tally.FollowAccount?.['no effect'] ?? 0,
      'follows left': this.#follows.length,
      'pairs that follow and block at once': pairsAtOnce(this.#follows, this.#blocks),
    };
  }

  async #list(path: string, take: (id: string) => void): Promise<void> {
    for await (const items of pages(this.#link, { path }, listed, this.#patience)) {
      for (const { id } of items) take(id);
    }
  }

  #count({ type, data }: z.infer<typeof event>): void {
    switch (type) {
      case 'AccountRegistered':
        this.#figures['accounts registered']++;
        break;
      case 'FollowRejected':
        if (data.reason === BLOCKED) this.#figures['FollowRejected, blocked']++;
        break;
      case 'FollowCreated':
      case 'AccountBlocked':
      case 'FollowRemoved':
        this.#figures[type]++;
        break;
    }
  }
}
