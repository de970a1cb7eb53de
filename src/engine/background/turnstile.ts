/**
 * Lets so many through at once; the others wait in line. While a partition waits its turn its feed
 * grows, so that a busy node takes more records at a time, and an idle one takes each at once.
 */
export class Turnstile {
  readonly #line: (() => void)[] = [];
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((admit) => this.#line.push(admit));
  }

  leave(): void {
    const admit = this.#line.shift();
    if (admit) admit();
    else this.#free++;
  }
}
