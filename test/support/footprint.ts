/** What a step reads and writes, by names and by ranges of names. */
export class Footprint {
  readonly #reads = new Set<string>();
  readonly #ranges: { readonly from: string; readonly before: string }[] = [];
  readonly #writes = new Set<string>();

  read(name: string): void {
    this.#reads.add(name);
  }

  /** Reads all names from `from` on, and before `before`. */
  readRange(from: string, before: string): void {
    this.#ranges.push({ from, before });
  }

  write(name: string): void {
    this.#writes.add(name);
  }

  /** Whether the order of the two steps can matter: one writes what the other reads or writes. */
  meets(other: Footprint): boolean {
    return this.#disturbs(other) || other.#disturbs(this);
  }

  #disturbs(other: Footprint): boolean {
    for (const name of this.#writes) {
      if (other.#reads.has(name) || other.#writes.has(name)) return true;
      if (other.#ranges.some(({ from, before }) => name >= from && name < before)) return true;
    }
    return false;
  }
}
