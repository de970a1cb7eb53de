/** A line without its end, or that it was longer than allowed. */
export type Line = Buffer | 'too long';

const NEWLINE = 0x0a;

/**
 * Cuts chunks of bytes into lines, in memory bounded by the longest line allowed. Lines that are
 * empty or blank are left out; of one that is too long nothing is kept.
 */
export class LineSplitter {
  readonly #bytesMax: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #tooLong = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The lines that end in `chunk`. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#keep(chunk.subarray(start, end));
      this.#finish(lines);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** The last line, where no newline ends it. */
  end(): Line[] {
    const lines: Line[] = [];
    this.#finish(lines);
    return lines;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#bytesMax) {
      this.#tooLong = true;
      this.#parts = [];
    } else if (part.length > 0) {
      this.#parts.push(part);
    }
  }

  #finish(lines: Line[]): void {
    if (this.#tooLong) lines.push('too long');
    else {
      const [first] = this.#parts;
      const line = this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts);
      if (!isBlank(line)) lines.push(line);
    }
    this.#parts = [];
    this.#bytes = 0;
    this.#tooLong = false;
  }
}

/** Blanks as JSON has them: spaces, tabs and carriage returns. */
function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
