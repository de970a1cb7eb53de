import type { LiveEvent } from './live-record.ts';

/** What comes of waiting for the feed. */
export type FeedNews =
  /** At least one, in the order of each partition. */
  | { readonly kind: 'events'; readonly events: readonly LiveEvent[] }
  | { readonly kind: 'gap'; readonly gap: FeedGap }
  /** For so long as was asked for nothing was said of time. */
  | { readonly kind: 'beat' };

/** Records of one partition that were trimmed before they came to one who listens. */
export interface FeedGap {
  /** Where the feed goes on after it. */
  readonly bookmark: string;
  readonly partition: number;
  /** The last position that came, as clients see it; `0` where none did. */
  readonly after: string;
  /** The first position that can come next. */
  readonly before: string;
}
