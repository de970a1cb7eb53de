/** How long and how often a section measures. */
export interface Options {
  /** Seconds of one run. */
  readonly seconds: number;
  /** Rounds in which the targets take turns. */
  readonly rounds: number;
  readonly accountsMany: number;
  readonly followsMany: number;
  readonly quick: boolean;
}

export const FULL: Options = {
  seconds: 2,
  rounds: 5,
  accountsMany: 1_000_000,
  followsMany: 5_000,
  quick: false,
};

export const QUICK: Options = {
  seconds: 0.7,
  rounds: 3,
  accountsMany: 60_000,
  followsMany: 1_000,
  quick: true,
};

/** How many accounts commands are spread over. */
export const FOLLOWERS = 1_000;
