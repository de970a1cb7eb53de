import type { LiveFrame } from '../protocol.ts';
import { inTurn, stayPresent, untilGone } from './live-turn.ts';

/** What is asked of the stream: `type:id`, `null` for all. */
export type Want = string | null;
/** How the stream fares. */
export type StreamState = 'connecting' | 'live' | 'reconnecting';

/** A part of the stream. */
export interface Told {
  /** What it was asked for. */
  readonly of: Want;
  readonly frame: LiveFrame | null;
  /** Where it goes on after this part. */
  readonly bookmark: string | null;
}

/** One tab, as what it shares the stream by needs it. */
interface SharingTab {
  /** What its screens ask for; empty where none listens. */
  readonly wants: () => readonly Want[];
  /** Another tab reads the stream, and was told this. */
  readonly told: (told: Told) => void;
  /** The stream of another tab fares so. */
  readonly became: (state: StreamState) => void;
  /** This tab reads the stream, and others want something else of it now. */
  readonly wantsChanged: () => void;
}

/** What tabs say to each other. */
type Said =
  | { readonly kind: 'who' }
  | { readonly kind: 'wants'; readonly tab: string; readonly wants: readonly Want[] }
  | { readonly kind: 'gone'; readonly tab: string }
  | { readonly kind: 'told'; readonly told: Told }
  | { readonly kind: 'became'; readonly state: StreamState };

const NAME = 'everstate.live';

/**
 * Has the tabs of a browser read one stream together: a browser opens six connections to a server,
 * and a seventh tab would wait for ever. One reads, as long as it is seen, and tells the others; when
 * it goes, the next one does.
 */
export class LiveShare {
  readonly #own: SharingTab;
  readonly #tab = crypto.getRandomValues(new Uint32Array(2)).join('-');
  readonly #channel = new BroadcastChannel(NAME);
  readonly #others = new Map<string, readonly Want[]>();
  #part: 'none' | 'follows' | 'leads' = 'none';
  #state: StreamState = 'connecting';
  /** Aborted where this tab leads no more. */
  #leading = new AbortController().signal;

  constructor(own: SharingTab) {
    this.#own = own;
    this.#channel.addEventListener('message', ({ data }) => this.#hear(data as Said));
  }

  /** The one actor that all tabs together ask for; `null`: more than that, or nothing. */
  wanted(): Want {
    const all = new Set([...this.#own.wants(), ...[...this.#others.values()].flat()]);
    const [first = null] = all;
    return all.size === 1 ? first : null;
  }

  /**
   * Takes part until `ending` is aborted.
   * @param lead reads the stream, as soon as it is this tab's turn, and returns when
   * what it is given is aborted
   */
  async takePart(ending: AbortSignal, lead: (ending: AbortSignal) => Promise<void>): Promise<void> {
    // Before the others hear of it, or it would be taken for gone.
    await stayPresent(this.#tab, ending);
    this.#part = 'follows';
    this.sayWants();
    await inTurn(this.#tab, ending, async (over) => {
      this.#part = 'leads';
      this.#leading = over;
      this.#say({ kind: 'who' });
      await lead(over);
      this.#part = 'follows';
      this.#others.clear();
    });
    this.#part = 'none';
    this.#say({ kind: 'gone', tab: this.#tab });
  }

  /** Has the tab that reads know what this one wants. */
  sayWants(): void {
    if (this.#part === 'follows') {
      this.#say({ kind: 'wants', tab: this.#tab, wants: this.#own.wants() });
    }
  }

  /** Passes on what the stream told. */
  tell(told: Told): void {
    if (this.#part === 'leads') this.#say({ kind: 'told', told });
  }

  /** Passes on how the stream fares. */
  tellState(state: StreamState): void {
    this.#state = state;
    if (this.#part === 'leads') this.#say({ kind: 'became', state });
  }

  #hear(said: Said): void {
    if (this.#part === 'leads') this.#hearFollower(said);
    if (this.#part === 'follows') this.#hearLeader(said);
  }

  #hearFollower(said: Said): void {
    if (said.kind !== 'wants' && said.kind !== 'gone') return;
    if (said.kind === 'wants') {
      const isNew = !this.#others.has(said.tab);
      this.#others.set(said.tab, said.wants);
      if (isNew) this.#welcome(said.tab);
    } else this.#others.delete(said.tab);
    this.#own.wantsChanged();
  }

  #welcome(tab: string): void {
    this.tellState(this.#state);
    void untilGone(tab, this.#leading).then((isGone) => {
      if (!isGone) return;
      // It crashed, and could not say so.
      this.#others.delete(tab);
      this.#own.wantsChanged();
    });
  }

  #hearLeader(said: Said): void {
    if (said.kind === 'who') this.sayWants();
    if (said.kind === 'told') this.#own.told(said.told);
    if (said.kind === 'became') this.#own.became(said.state);
  }

  #say(said: Said): void {
    this.#channel.postMessage(said);
  }
}
