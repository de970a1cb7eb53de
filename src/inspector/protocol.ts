/**
 * What the inspector's page and its server say to each other, as JSON under `/inspector/api`. The
 * page imports nothing else of the engine. Times are ISO 8601; positions are opaque tokens.
 */

export * from './protocol/actors.ts';
export * from './protocol/chart.ts';
export * from './protocol/console.ts';
export * from './protocol/durations.ts';
export * from './protocol/instance.ts';
export * from './protocol/overview.ts';
export * from './protocol/policies.ts';
export * from './protocol/traces.ts';
export * from './protocol/under-way.ts';

/** Where the page and its routes lie. */
export const INSPECTOR_PATH = '/inspector';
export const API_PATH = '/inspector/api';

/**
 * The page's own addresses below `/inspector`, as patterns: one for each screen. The server answers
 * each with the page.
 */
export const PAGE_PATHS = [
  '/actors',
  '/actors/:type/:id',
  '/traces',
  '/traces/:correlationId',
  '/machines/:kind/:name',
  '/policies',
  '/policies/:name',
  '/policies/:name/instances/:id',
  '/dead-letters',
  '/console',
  '/console/:command',
] as const;

/** How often the live stream gives a sign of life while nothing happens, in milliseconds. */
export const LIVE_BEAT_MS = 15_000;

/** What every write carries: no page of another origin can set it. */
export const WRITE_HEADER = 'x-everstate-inspector';

/** What stands in the place of something personal. */
export const MASK = '•••••';

/** A machine's state as it is shown. */
export interface ShownState {
  readonly value: unknown;
  readonly context: unknown;
  readonly status: string;
  /** Paths of the active states, the root left out. */
  readonly active: readonly string[];
}

/**
 * What a state alone says of the commands of its aggregate: each is in one of the three lists. What
 * guards make of facts shows when a command comes.
 */
export interface CommandsNow {
  /** It has a rule that may accept them. */
  readonly maybeAccepted: readonly KnownCommand[];
  /** All its rules for them refuse, whatever the facts; with the reasons that can be told. */
  readonly refused: readonly (KnownCommand & { readonly reasons: readonly string[] })[];
  /** It has no rule for them: they are not possible in this state. */
  readonly withoutRule: readonly string[];
  /** The names of the transitions that may take a command and do not refuse it. */
  readonly possible: readonly string[];
}

export interface KnownCommand {
  readonly type: string;
  /** The field of its data that holds the actor's id; `null` where the id is made otherwise. */
  readonly idField: string | null;
}

/** `GET /actors/{type}/{id}`; 404 where nothing was ever recorded of it. */
export interface ActorDetail {
  readonly type: string;
  readonly id: string;
  /** 0: it does not exist, and has refusals only. */
  readonly version: number;
  /** How many commands were recorded of it, refusals too. */
  readonly records: number;
  readonly state: ShownState | null;
  readonly view: unknown;
  readonly claims: readonly string[];
  readonly collections: readonly { readonly name: string; readonly size: number }[];
  readonly commands: CommandsNow;
  /** Why what is stored may not be what this code would make of its history; `null`: no reason. */
  readonly warning: string | null;
  /** Some fields are masked. */
  readonly isMasked: boolean;
}

/** `GET /actors/{type}/{id}/history?from=&limit=`: newest first, 100 at most. */
export interface HistoryPage {
  readonly steps: readonly HistoryStep[];
  /** Where the next page begins; `null` at the beginning, or of what is left of it. */
  readonly next: string | null;
  readonly isTrimmed: boolean;
  /**
   * How many steps there are down from the first of these, trimmed ones too; `null` on a page that
   * was asked for by where it begins.
   */
  readonly total: number | null;
}

/** How many steps a page of history has at most. */
export const HISTORY_STEPS_MAX = 100;

/**
 * `GET /actors/{type}/{id}/history/pages?from=`: where the next pages begin, each of
 * {@link HISTORY_STEPS_MAX} steps, newest first: as many as one request looks for.
 */
export interface HistoryPages {
  readonly starts: readonly string[];
  /** Where the first page after these begins; `null`: there is none. */
  readonly next: string | null;
  /** How many steps the last of these has. */
  readonly lastSteps: number;
  readonly isTrimmed: boolean;
}

/** One command that was recorded of an actor. */
export interface HistoryStep {
  readonly position: string;
  /** The actor's version after it. */
  readonly version: number;
  readonly commandId: string;
  readonly command: string;
  readonly at: string;
  readonly outcome: 'accepted' | 'rejected';
  readonly events: readonly string[];
  readonly correlationId: string;
  /** Who sent it: a client, a policy. */
  readonly principal: string;
  /** The policy that sent it; `null`: it came from outside. */
  readonly policy: string | null;
}

/** `GET /actors/{type}/{id}/at/{position}`: an actor as it was after a step. */
export interface PastState {
  readonly step: HistoryStep;
  /** As it was sent, masked. */
  readonly data: unknown;
  readonly facts: unknown;
  readonly eventData: readonly { readonly type: string; readonly data: unknown }[];
  /** `null` where it cannot be told any more. */
  readonly before: ShownState | null;
  readonly after: ShownState | null;
  /** Names of the transitions that the step took, in their order. */
  readonly taken: readonly string[];
  /** Of the state after it. */
  readonly commands: CommandsNow;
  /** How many steps were folded since the nearest snapshot. */
  readonly folded: number;
  /** Why this may not be what it was then: code changed since, history trimmed; `null`: no reason. */
  readonly warning: string | null;
}

/**
 * `GET /live?actor=type:id`: server-sent events, one frame in 100 ms at most, its `id` resumes through
 * `Last-Event-ID`.
 */
export interface LiveFrame {
  /** The latest of each actor that changed. */
  readonly actors: readonly LiveActor[];
  /** Events by type since the frame before. */
  readonly counts: Readonly<Record<string, number>>;
  /** Events left out of `actors`: there were too many, or they were not taken in time. */
  readonly skipped: number;
}

export interface LiveActor {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** The type of its last event. */
  readonly event: string;
  /** Its events in this frame. */
  readonly events: number;
}
