import { type Address, actorKey } from '../../engine/address.ts';
import type { LiveChannel } from './channel.ts';

/** Opens a channel of one actor, or `null`: of all. @param onEnd told once when it ends */
type Open<Frame> = (
  actor: Address | null,
  onEnd: (error: unknown) => void,
) => Promise<LiveChannel<Frame>>;

/** A channel, for as long as it is used. */
export interface UsedChannel<Frame> {
  readonly channel: LiveChannel<Frame>;
  /** To be called once: it is used no more. */
  readonly release: () => void;
}

interface Shared<Frame> {
  readonly opening: Promise<LiveChannel<Frame>>;
  users: number;
}

/** The channels of a node: one for all who look at the same, and none where nobody does. */
export class Channels<Frame> {
  readonly #open: Open<Frame>;
  readonly #onBreak: (error: unknown) => void;
  /** By actor; empty: of all. */
  readonly #shared = new Map<string, Shared<Frame>>();

  /** @param onBreak told what a channel broke off of */
  constructor(open: Open<Frame>, onBreak: (error: unknown) => void) {
    this.#open = open;
    this.#onBreak = onBreak;
  }

  /** Has one use a channel, which is then open until it breaks off. @throws StoreUnavailable */
  async use(actor: Address | null): Promise<UsedChannel<Frame>> {
    const key = actor === null ? '' : actorKey(actor);
    const shared = this.#shared.get(key) ?? this.#share(key, actor);
    shared.users++;
    const channel = await shared.opening;
    const release = (): void => {
      shared.users--;
      if (shared.users === 0) channel.end();
    };
    return { channel, release };
  }

  #share(key: string, actor: Address | null): Shared<Frame> {
    const forget = (): void => {
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
    };
    const opening = this.#open(actor, (error) => {
      forget();
      if (error) this.#onBreak(error);
    });
    const shared = { opening, users: 0 };
    opening.catch(forget);
    this.#shared.set(key, shared);
    return shared;
  }
}
