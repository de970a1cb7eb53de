import { assertEvent, assign, enqueueActions, type StateValueFrom, setup } from 'xstate';
import {
  type BareMessageOf,
  type CollectionDefinition,
  type CommandOutcome,
  definePolicy,
  type Entry,
  type EventData,
  type FactPage,
  heads,
  type InstanceState,
  type PagePlace,
  type PolicyEvent,
  type PolicyFactMap,
  page,
  passed,
  type SendingOf,
  sends,
} from '../../src/define/index.ts';
import { following } from '../account/collections.ts';
import type { commands } from '../account/commands.ts';
import { events } from '../account/events.ts';
import { followers, followersModel } from '../read-models/followers.ts';

const on = { AccountDeactivated: events.AccountDeactivated };

/** How many removals are under way at once. */
const PAGE_SIZE = 100;
const FIRST_LOOK_MS = 100;
const LOOK_MS_MAX = 5_000;

/** How far it has come: of the same size however many follows there are. */
interface Progress {
  readonly accountId: string;
  /** How far every feed went after the deactivation; empty once the read model has passed that. */
  readonly heads: readonly number[];
  /** How often the read model was found to be behind. */
  readonly looks: number;
  /** Outcomes that the page under way waits for. */
  readonly awaited: number;
  /** What the next page comes after; `null`: there is none. */
  readonly after: PagePlace | null;
  /** Follows removed so far. */
  readonly removed: number;
  /** Removals given up after their last attempt: they lie among the dead letters. */
  readonly failed: number;
}

type Deactivation = PolicyEvent<
  'AccountDeactivated',
  EventData<typeof events.AccountDeactivated>,
  { readonly page: FactPage; readonly heads: readonly number[] }
>;
/** What else a message finds, depending on the state that it meets: see `factsOf`. */
interface Found {
  readonly page?: FactPage;
  readonly passed?: boolean;
}

function itemsOf({ facts }: { readonly facts: Found }): readonly Entry[] {
  return facts.page?.items ?? [];
}

function removal(followerId: string, followeeId: string): SendingOf<typeof commands> {
  return {
    command: 'RemoveFollower',
    data: { followerId, followeeId, reason: 'account_deactivated' },
  };
}

const machine = setup({
  types: { context: {} as Progress, events: {} as Deactivation | CommandOutcome<Found> },
  guards: {
    moreIsAwaited: ({ context }) => context.awaited > 1,
    pageHasItems: ({ event }) => itemsOf(event).length > 0,
    readModelHasPassed: ({ event: { facts } }) => 'passed' in facts && facts.passed === true,
  },
  delays: {
    untilNextLook: ({ context }) => Math.min(FIRST_LOOK_MS * 2 ** context.looks, LOOK_MS_MAX),
    atOnce: 0,
  },
  actions: {
    send: sends<typeof commands>(),
    keepAccount: assign(({ event }) => {
      assertEvent(event, 'AccountDeactivated');
      return { accountId: event.data.accountId, heads: event.facts.heads };
    }),
    beginPage: assign(({ event }) => ({
      awaited: itemsOf(event).length,
      after: event.facts.page?.next ?? null,
    })),
    removeFollowing: enqueueActions(({ context, event, enqueue }) => {
      for (const { key } of itemsOf(event)) {
        enqueue({ type: 'send', params: removal(context.accountId, key) });
      }
    }),
    removeFollowers: enqueueActions(({ context, event, enqueue }) => {
      for (const { key } of itemsOf(event)) {
        enqueue({ type: 'send', params: removal(key, context.accountId) });
      }
    }),
    countOutcome: assign(({ context: { awaited, removed, failed }, event }) => {
      assertEvent(event, ['command.accepted', 'command.rejected', 'command.failed']);
      const isRemoved = event.data.events.some(({ type }) => type === 'FollowRemoved');
      return {
        awaited: awaited - 1,
        removed: isRemoved ? removed + 1 : removed,
        failed: event.type === 'command.accepted' ? failed : failed + 1,
      };
    }),
    countLook: assign({ looks: ({ context }) => context.looks + 1 }),
    forgetHeads: assign({ heads: [] }),
  },
}).createMachine({
  id: 'account-cleanup',
  context: {
    accountId: '',
    heads: [],
    looks: 0,
    awaited: 0,
    after: null,
    removed: 0,
    failed: 0,
  },
  initial: 'waiting',
  states: {
    waiting: {
      on: {
        AccountDeactivated: [
          {
            guard: 'pageHasItems',
            target: 'removingFollowing',
            actions: ['keepAccount', 'beginPage', 'removeFollowing'],
          },
          { target: 'awaitingFollowers', actions: 'keepAccount' },
        ],
      },
    },
    removingFollowing: {
      on: {
        'command.*': [
          { guard: 'moreIsAwaited', actions: 'countOutcome' },
          { guard: 'pageHasItems', actions: ['countOutcome', 'beginPage', 'removeFollowing'] },
          { target: 'awaitingFollowers', actions: 'countOutcome' },
        ],
      },
    },
    awaitingFollowers: {
      after: {
        untilNextLook: [
          { guard: 'readModelHasPassed', target: 'openingFollowers', actions: 'forgetHeads' },
          { target: 'awaitingFollowers', reenter: true, actions: 'countLook' },
        ],
      },
    },
    // The first page is read after the look that said yes, never beside it.
    openingFollowers: {
      after: {
        atOnce: [
          {
            guard: 'pageHasItems',
            target: 'removingFollowers',
            actions: ['beginPage', 'removeFollowers'],
          },
          { target: 'done' },
        ],
      },
    },
    removingFollowers: {
      on: {
        'command.*': [
          { guard: 'moreIsAwaited', actions: 'countOutcome' },
          { guard: 'pageHasItems', actions: ['countOutcome', 'beginPage', 'removeFollowers'] },
          { target: 'done', actions: 'countOutcome' },
        ],
      },
    },
    done: { type: 'final' },
  },
});

/** What a message needs to know: most outcomes nothing, the last of a page the page after it. */
function factsOf(
  message: BareMessageOf<typeof on>,
  { value, context }: InstanceState<Progress, StateValueFrom<typeof machine>>,
): PolicyFactMap {
  switch (value) {
    case 'waiting':
      if (message.type !== 'AccountDeactivated') return {};
      return { page: pageOf(following, message.data.accountId, null), heads: heads() };
    case 'removingFollowing':
      return nextPage(following, context);
    case 'awaitingFollowers':
      return { passed: passed(followers.name, context.heads) };
    case 'openingFollowers':
      return { page: pageOf(followersModel, context.accountId, null) };
    case 'removingFollowers':
      return nextPage(followersModel, context);
    case 'done':
      return {};
  }
}

function nextPage(
  collection: CollectionDefinition,
  { accountId, awaited, after }: Progress,
): PolicyFactMap {
  return awaited > 1 || after === null ? {} : { page: pageOf(collection, accountId, after) };
}

function pageOf(collection: CollectionDefinition, id: string, after: PagePlace | null) {
  return page(collection, id, { limit: PAGE_SIZE, after });
}

/**
 * Removes every follow of an account that is deactivated, and every follow to it, page by page.
 * Followers are read from their read model, once that has passed all that was committed before
 * the deactivation; a follow committed later finds the account inactive when follow-guard looks.
 */
export const accountCleanup = definePolicy({
  name: 'account-cleanup',
  machine,
  on,
  correlate: 'actor',
  facts: factsOf,
  from: 'beginning',
});
