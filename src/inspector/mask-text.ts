import { MASK } from './protocol.ts';

/** Values that are looked for in texts, at most; the first. */
const VALUES_MAX = 200;
/** What is shorter says nothing of anybody. */
const VALUE_CHARS_MIN = 3;
const NUMBER_DIGITS_MIN = 5;
/** What is shorter is masked as a word of its own only: in others it stands by chance. */
const PART_CHARS_MIN = 5;

/** What is longer is known by its beginning: a pattern of all of it may be too large to run. */
const PATTERN_CHARS_MAX = 256;

/** What neither an address nor what stands around one is made of, in a class of signs. */
const AROUND = '\\s"\'`<>()[\\]{},;:=/|';
const SIGN = `[^@${AROUND}]`;
const DOMAIN_SIGN = `[^@.${AROUND}]`;
/**
 * What looks like an email address, also as it stands in an address of the web. Its first part begins
 * where nothing of it stands before, and ends at an `@`, or at the first `%40` that a domain can follow:
 * so no text takes more than a few passes.
 */
const EMAIL = new RegExp(
  `(?<![^${AROUND}])(?:${SIGN}+@|${SIGN}(?:(?!%40${DOMAIN_SIGN})${SIGN})*%40)` +
    `${DOMAIN_SIGN}+(?:\\.${DOMAIN_SIGN}+)+`,
  'gu',
);

const ASCII = /^[\0-\x7f]*$/;

/** What a mask of texts is made of. */
export interface TextMasking {
  /** Values that are personal. */
  readonly values: ReadonlySet<string>;
  /** What looks like an email address is masked, too. */
  readonly hidesEmails: boolean;
}

/** Makes what masks personal values wherever they stand in a text, in any case and spelling. */
export function textMask({ values, hidesEmails }: TextMasking): (text: string) => string {
  const known = values.size === 0 ? null : new KnownValues(values);
  return (text) => {
    const masked = known === null ? text : known.maskedIn(text);
    return hidesEmails && mayHoldEmail(masked) ? masked.replace(EMAIL, MASK) : masked;
  };
}

function mayHoldEmail(text: string): boolean {
  return text.includes('@') || text.includes('%40');
}

/** Values that are masked in texts. Most texts hold none, which is told without a pattern. */
class KnownValues {
  readonly #spellings: readonly string[];
  /** As they are looked for in texts of ASCII, in lower case; `null`: others may match these, too. */
  readonly #plain: readonly string[] | null;
  #pattern: RegExp | null = null;

  constructor(values: ReadonlySet<string>) {
    this.#spellings = [...new Set([...values].flatMap(spelled))];
    this.#plain = this.#spellings.every(isAscii)
      ? this.#spellings.map((each) => each.slice(0, PATTERN_CHARS_MAX).toLowerCase())
      : null;
  }

  maskedIn(text: string): string {
    if (!this.#mayBeIn(text)) return text;
    // The longest first: one that another begins with leaves nothing of that behind.
    this.#pattern ??= new RegExp(
      this.#spellings
        .toSorted((a, b) => b.length - a.length)
        .map(patternOf)
        .join('|'),
      'giu',
    );
    return text.replace(this.#pattern, MASK);
  }

  #mayBeIn(text: string): boolean {
    if (this.#plain === null || !isAscii(text)) return true;
    const lower = text.toLowerCase();
    return this.#plain.some((each) => lower.includes(each));
  }
}

/** Cases of its letters are no other letters, and no more of them. */
function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** Adds all values that stand in something personal: a text, or an object with texts. */
export function addValues(values: Set<string>, personal: unknown): void {
  if (values.size >= VALUES_MAX) return;
  if (typeof personal === 'string' && personal.length >= VALUE_CHARS_MIN) values.add(personal);
  if (typeof personal === 'number' && String(personal).length >= NUMBER_DIGITS_MIN) {
    values.add(String(personal));
  }
  if (typeof personal !== 'object' || personal === null) return;
  for (const member of Object.values(personal)) addValues(values, member);
}

/** As it is, as JSON has it, as an address of the web has it, and as what compares texts has it. */
function spelled(value: string): string[] {
  const composed = value.normalize('NFC');
  const quoted = JSON.stringify(value).slice(1, -1);
  return [value, composed, quoted, encodeURIComponent(value.toWellFormed())];
}

function patternOf(text: string): string {
  const known = text.slice(0, PATTERN_CHARS_MAX);
  const literal = known.replace(/[\\^$.*+?()[\]{}|/]/g, (sign) => `\\${sign}`);
  // How much of the rest is quoted, and where it ends, is not looked for.
  if (known.length < text.length) return `${literal}[^]*`;
  return text.length >= PART_CHARS_MIN
    ? literal
    : `(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`;
}
