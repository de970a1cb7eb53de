import type { EventEnvelope } from '../../engine/outcome.ts';
import type { LiveFrame } from '../protocol.ts';

/** An actor of a frame: its last event, and how many there were. */
interface Busy {
  last: EventEnvelope;
  events: number;
}

/** Gathers what a frame tells: the latest of each actor, and counts. */
export class FrameBuilder {
  readonly #actorsMax: number;
  #actors = new Map<string, Busy>();
  #counts = new Map<string, number>();
  #events = 0;
  #skipped = 0;

  constructor(actorsMax: number) {
    this.#actorsMax = actorsMax;
  }

  add(event: EventEnvelope): void {
    const { type, actor } = event;
    const key = `${actor.type}:${actor.id}`;
    const known = this.#actors.get(key);
    if (known) {
      known.last = event;
      known.events++;
    } else {
      this.#actors.set(key, { last: event, events: 1 });
    }
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    this.#events++;
  }

  /** So many more happened, of which nothing is told. */
  skip(count: number): void {
    this.#skipped += count;
  }

  get isEmpty(): boolean {
    return this.#events === 0 && this.#skipped === 0;
  }

  /** What was gathered, and how many events that is, with those left out; begins anew. */
  take(): { readonly frame: LiveFrame; readonly events: number } {
    const all = [...this.#actors.values()];
    const told =
      all.length <= this.#actorsMax
        ? all
        : all.toSorted((one, other) => other.events - one.events).slice(0, this.#actorsMax);
    const inTold = told.reduce((sum, { events }) => sum + events, 0);
    const skipped = this.#skipped + this.#events - inTold;
    const actors = told.map(({ last: { type, actor }, events }) => ({
      ...actor,
      event: type,
      events,
    }));
    const counts = Object.fromEntries(this.#counts);
    const taken = { frame: { actors, counts, skipped }, events: this.#events + this.#skipped };
    this.#actors = new Map();
    this.#counts = new Map();
    this.#events = 0;
    this.#skipped = 0;
    return taken;
  }
}

/** A part of the stream as it is sent, made once for all who get it. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Events that one who does not get it misses. */
  readonly events: number;
}

/** A frame, and where the stream goes on after it. */
export function framePiece(frame: LiveFrame, bookmark: string, events: number): Piece {
  return { bytes: bytesOf(`id: ${bookmark}\ndata: ${JSON.stringify(frame)}\n\n`), events };
}

/** A comment, by which a viewer knows that it still listens, and where it goes on. */
export function beatPiece(bookmark: string): Piece {
  return { bytes: bytesOf(`: beat\nid: ${bookmark}\n\n`), events: 0 };
}

/** Tells a viewer what it missed, since it did not take it in time. */
export function missedPiece(count: number): Piece {
  const frame: LiveFrame = { actors: [], counts: {}, skipped: count };
  return { bytes: bytesOf(`data: ${JSON.stringify(frame)}\n\n`), events: 0 };
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}
