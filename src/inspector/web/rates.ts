import type { LiveActor, LiveFrame } from '../protocol.ts';

/** For how long events are counted, in seconds. */
export const RATE_SECONDS = 60;
/** For how long an actor counts as hot, in seconds. */
export const HOT_SECONDS = 10;
const HOT_SHOWN = 8;
/** Actors counted in one second: the busiest come first in a frame. */
const HOT_KEPT_MAX = 500;

interface Second {
  readonly at: number;
  readonly types: Map<string, number>;
  readonly actors: Map<string, HotActor>;
}

/** An actor with many events of late. */
export type HotActor = Pick<LiveActor, 'type' | 'id'> & { readonly events: number };

/** What one event type did of late. */
export interface Rate {
  readonly type: string;
  readonly total: number;
  /** By second, the oldest first. */
  readonly counts: readonly number[];
}

/** Counts events of the last minute, second by second, as frames tell of them. */
export class Rates {
  #seconds: Second[] = [];

  /** @param now in milliseconds */
  add(frame: LiveFrame, now: number): void {
    const second = this.#second(Math.floor(now / 1_000));
    for (const [type, count] of Object.entries(frame.counts)) {
      second.types.set(type, (second.types.get(type) ?? 0) + count);
    }
    for (const { type, id, events } of frame.actors) {
      const key = `${type}:${id}`;
      const known = second.actors.get(key);
      if (!known && second.actors.size >= HOT_KEPT_MAX) continue;
      second.actors.set(key, { type, id, events: (known?.events ?? 0) + events });
    }
  }

  /** The types that had events, the busiest first. */
  rates(now: number): readonly Rate[] {
    const last = Math.floor(now / 1_000);
    const byType = new Map<string, number[]>();
    for (const { at, types } of this.#since(last - RATE_SECONDS)) {
      for (const [type, count] of types) {
        const counts = byType.get(type) ?? new Array<number>(RATE_SECONDS).fill(0);
        counts[RATE_SECONDS - 1 - (last - at)] = count;
        byType.set(type, counts);
      }
    }
    return Array.from(byType, ([type, counts]) => ({
      type,
      counts,
      total: counts.reduce((sum, count) => sum + count, 0),
    })).toSorted((one, other) => other.total - one.total || one.type.localeCompare(other.type));
  }

  /** Events of all types by second, the oldest first. */
  totals(now: number): readonly number[] {
    const last = Math.floor(now / 1_000);
    const totals = new Array<number>(RATE_SECONDS).fill(0);
    for (const { at, types } of this.#since(last - RATE_SECONDS)) {
      const sum = [...types.values()].reduce((all, count) => all + count, 0);
      totals[RATE_SECONDS - 1 - (last - at)] = sum;
    }
    return totals;
  }

  /** The actors with most events in the last seconds. */
  hottest(now: number): readonly HotActor[] {
    const all = new Map<string, HotActor>();
    for (const { actors } of this.#since(Math.floor(now / 1_000) - HOT_SECONDS)) {
      for (const [key, actor] of actors) {
        const events = (all.get(key)?.events ?? 0) + actor.events;
        all.set(key, { ...actor, events });
      }
    }
    return [...all.values()]
      .toSorted((one, other) => other.events - one.events || one.id.localeCompare(other.id))
      .slice(0, HOT_SHOWN);
  }

  #since(second: number): readonly Second[] {
    return this.#seconds.filter(({ at }) => at > second);
  }

  #second(at: number): Second {
    const last = this.#seconds.at(-1);
    if (last && last.at >= at) return last;
    const next = { at, types: new Map(), actors: new Map() };
    this.#seconds = [...this.#since(at - RATE_SECONDS), next];
    for (const { at: past, actors } of this.#seconds) if (past <= at - HOT_SECONDS) actors.clear();
    return next;
  }
}
