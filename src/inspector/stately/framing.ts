import { type Address, actorKey } from '../../engine/address.ts';
import type { LiveEvent } from '../../engine/live-feed.ts';
import { StoreUnavailable } from '../../engine/store.ts';
import type { Framing } from '../live/channel.ts';
import { type Changed, Gathering } from './gathering.ts';
import type { StatelyLimits } from './limits.ts';
import type { Teller, Told } from './telling.ts';
import type { Frame } from './viewer.ts';

/** Makes frames of what happens: each actor that changed is read once a frame. */
export class StatelyFraming implements Framing<Frame> {
  readonly #teller: Teller;
  readonly #limits: StatelyLimits;
  /** `null`: all are looked at. */
  readonly #actor: Address | null;
  readonly #gathering: Gathering;

  constructor(teller: Teller, limits: StatelyLimits, actor: Address | null) {
    this.#teller = teller;
    this.#limits = limits;
    this.#actor = actor;
    this.#gathering = new Gathering(limits);
  }

  get isEmpty(): boolean {
    return this.#gathering.isEmpty;
  }

  add(event: LiveEvent): void {
    this.#gathering.add(event);
  }

  skip(records: number): void {
    this.#gathering.skip(records);
  }

  /** One that looks at one actor is told how that is. */
  greet(): void {
    if (this.#actor !== null) this.#gathering.introduce(actorKey(this.#actor));
  }

  async take(_bookmark: string, ending: AbortSignal): Promise<Frame> {
    const { changed, skipped } = this.#gathering.take();
    return bounded(await this.#tell(changed, ending), skipped, this.#limits.frameBytesMax);
  }

  /** Viewers are asked for signs of life themselves. */
  beat(): null {
    return null;
  }

  /** Reads the actors, so many at once, as soon as the store answers. */
  async #tell(changed: readonly Changed[], ending: AbortSignal): Promise<readonly Told[]> {
    const told: Told[] = [];
    const rest = changed[Symbol.iterator]();
    const read = async (): Promise<void> => {
      for (const each of rest) {
        const found = await this.#tellOne(each, ending);
        if (found) told.push(found);
      }
    };
    await Promise.all(Array.from({ length: this.#limits.readsMax }, read));
    return told;
  }

  async #tellOne(changed: Changed, ending: AbortSignal): Promise<Told | null> {
    while (!ending.aborted) {
      try {
        return await this.#teller.tell(changed);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        await new Promise((resolve) => setTimeout(resolve, this.#limits.retryMs));
      }
    }
    return null;
  }
}

/** What of it a frame has room for; the rest is counted. */
function bounded(told: readonly Told[], skipped: number, bytesMax: number): Frame {
  const kept: Told[] = [];
  let left = bytesMax;
  let untold = skipped;
  for (const each of told) {
    if (each.bytes > left) {
      untold += each.steps;
      continue;
    }
    left -= each.bytes;
    kept.push(each);
  }
  return { told: kept, skipped: untold };
}
