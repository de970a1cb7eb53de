import type { App } from '../../define/index.ts';
import type { ActorKey } from '../address.ts';
import type { EventEnvelope } from '../outcome.ts';
import { type CommitRecord, envelopesOf, parseRecord, positionToken } from '../record.ts';
import type { FeedRecord } from '../work-store.ts';
import { type Bookmark, encodeBookmark } from './bookmark.ts';

/** An event of the feed, as those who listen get it. */
export interface LiveEvent {
  /** Where the feed goes on after it: what `after` of a request takes. */
  readonly bookmark: string;
  readonly event: EventEnvelope;
  readonly cause: LiveCause;
}

/** Why an event was recorded, as it was recorded with it. */
export type LiveCause = Pick<CommitRecord, 'principal' | 'command' | 'facts'>;

/** Its bookmark is written when it is asked for: those who gather events need few of them. */
class PlacedEvent implements LiveEvent {
  readonly event: EventEnvelope;
  readonly cause: LiveCause;
  readonly #place: Bookmark;

  constructor(event: EventEnvelope, cause: LiveCause, place: Bookmark) {
    this.event = event;
    this.cause = cause;
    this.#place = place;
  }

  get bookmark(): string {
    return encodeBookmark(this.#place);
  }
}

/** A record of the feed, parsed once for all who listen. */
export class LiveRecord {
  readonly partition: number;
  readonly position: number;
  readonly actor: ActorKey;
  /** Of its body, in characters. */
  readonly size: number;
  readonly #record: CommitRecord;
  #shared: readonly LiveEvent[] | null = null;

  constructor(partition: number, { position, actor, body }: FeedRecord) {
    this.partition = partition;
    this.position = position;
    this.actor = actor;
    this.size = body.length;
    this.#record = parseRecord(body);
  }

  /** Whether one of its events is of one of these types. */
  hasAnyOf(types: ReadonlySet<string>): boolean {
    return this.#record.events.some(({ type }) => types.has(type));
  }

  /**
   * Its events, brought to their current versions.
   * @param passed the last position passed in every partition, before this record
   * @throws UpcastError
   */
  events(app: App, passed: readonly number[]): readonly LiveEvent[] {
    const token = positionToken(this.partition, this.position);
    const envelopes = envelopesOf(app, this.#record, token);
    return envelopes.map((event, index) => {
      const isLast = index === envelopes.length - 1;
      const positions = passed.with(this.partition, isLast ? this.position : this.position - 1);
      const begun = isLast ? null : { partition: this.partition, events: index + 1 };
      return new PlacedEvent(event, this.#record, { positions, begun });
    });
  }

  /**
   * As {@link events}, made once for all who come to it in the same order.
   * @throws UpcastError
   */
  sharedEvents(app: App, passed: readonly number[]): readonly LiveEvent[] {
    this.#shared ??= this.events(app, passed);
    return this.#shared;
  }
}
