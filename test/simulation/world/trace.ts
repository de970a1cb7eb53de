import { createHash } from 'node:crypto';

/** What happened in a run, in its order: as a hash always, as lines where they are asked for. */
export class Trace {
  readonly lines: string[] | null;
  #high = 0x811c9dc5;
  #low = 0x01000193;
  #count = 0;

  /** @param keepsLines whether it keeps what it was told, which costs as much as the run itself */
  constructor(keepsLines: boolean) {
    this.lines = keepsLines ? [] : null;
  }

  /**
   * Something happened.
   * @param at the virtual time, in ms since the run began
   * @param who the number of a node; 0: not a node
   */
  note(at: number, who: number, what: string, about: string): void {
    this.#count += 1;
    this.#mix(Math.round(at * 1_000));
    this.#mix(who);
    this.#mixText(what);
    this.#mixText(about);
    this.lines?.push(
      `${at.toFixed(3).padStart(11)} ${who === 0 ? '      ' : `node ${who}`} ${what} ${about}`,
    );
  }

  /** What was left at the end. */
  end(at: number, content: ReadonlyMap<string, string>): void {
    const hash = createHash('sha1');
    for (const [key, value] of content) {
      hash.update(key).update(value);
      this.lines?.push(`${key} ${value}`);
    }
    this.note(at, 0, 'is left', hash.digest('hex'));
  }

  /** Differs for runs in which anything happened otherwise, or at another time. */
  get hash(): string {
    const [high, low] = [this.#high, this.#low].map((part) =>
      (part >>> 0).toString(16).padStart(8, '0'),
    );
    return `${high}${low}`;
  }

  /** How much happened. */
  get count(): number {
    return this.#count;
  }

  #mixText(text: string): void {
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index));
  }

  #mix(number: number): void {
    this.#high = Math.imul(this.#high ^ number, 0x01000193);
    this.#low = Math.imul((this.#low ^ (number >>> 3)) + this.#high, 0x85ebca6b);
  }
}
