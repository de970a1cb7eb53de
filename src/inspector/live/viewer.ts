import { missedPiece, type Piece } from './frame.ts';

/**
 * One who looks at the live stream. For one who does not take what comes, one piece is held; what
 * comes beyond that is dropped, and told as a number.
 */
export class Viewer {
  #waiting: ((piece: Piece | null) => void) | null = null;
  #held: Piece | null = null;
  #missed = 0;
  #isEnded = false;

  /** Events dropped, and not told yet. */
  get missed(): number {
    return this.#missed;
  }

  /** Gives it a piece, or drops that. */
  offer(piece: Piece): void {
    if (this.#held !== null) {
      this.#missed += piece.events;
      return;
    }
    this.#held = piece;
    this.#hand();
  }

  /** What comes next, as soon as it does; `null` at the end. Not to be called again before. */
  next(): Promise<Piece | null> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#hand();
    });
  }

  /** Ends it. */
  end(): void {
    this.#isEnded = true;
    this.#held = null;
    this.#hand();
  }

  #hand(): void {
    const resolve = this.#waiting;
    if (resolve === null) return;
    if (this.#isEnded) {
      this.#waiting = null;
      resolve(null);
      return;
    }
    if (this.#held === null) return;
    this.#waiting = null;
    if (this.#missed > 0) {
      // What is held came before what was missed, or would be told later than that: both are so
      // soon after one another that their order tells nothing.
      resolve(missedPiece(this.#missed));
      this.#missed = 0;
      return;
    }
    const piece = this.#held;
    this.#held = null;
    resolve(piece);
  }
}
