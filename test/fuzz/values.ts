import fc, { type Arbitrary } from 'fast-check';
import { z } from 'zod';
import type { Draw } from './draw.ts';
import { isObject, type Schema, type Schemas } from './schema.ts';

const objectOf = z.record(z.string(), z.unknown());

/**
 * Values that fit a schema.
 * @param words texts that mean something to the server: used wherever the schema takes them
 */
export function fitting(
  schemas: Schemas,
  schema: Schema,
  words: readonly string[],
): Arbitrary<unknown> {
  const target = schemas.resolve(schema);
  const { type, anyOf, allOf, properties, items, maxItems } = target;
  const constants = z.array(z.unknown()).safeParse(target.enum);
  if ('const' in target) return fc.constant(target.const);
  if (constants.success) return fc.constantFrom(...constants.data);
  const choices = z.array(objectOf).safeParse(anyOf ?? target.oneOf ?? allOf);
  if (choices.success) {
    return fc.oneof(...choices.data.map((choice) => fitting(schemas, choice, words)));
  }
  switch (type) {
    case 'object': {
      const members = Object.entries(objectOf.parse(properties ?? {})).map(([name, member]) => [
        name,
        fitting(schemas, objectOf.parse(member), words),
      ]);
      const model: Record<string, Arbitrary<unknown>> = Object.fromEntries(members);
      const requiredKeys = z.array(z.string()).parse(target.required ?? []);
      return fc.record<Record<string, unknown>>(model, { requiredKeys });
    }
    case 'array': {
      const item =
        items === undefined ? fc.jsonValue() : fitting(schemas, objectOf.parse(items), words);
      return fc.array(item, { maxLength: Math.min(z.number().parse(maxItems ?? 8), 8) });
    }
    case 'string':
      return fittingText(schemas, target, words);
    case 'integer':
      return fc.integer(bounds(target));
    case 'number':
      return fc.double({ ...bounds(target), noNaN: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.jsonValue();
  }
}

function bounds({ minimum, maximum }: Schema) {
  return {
    ...(typeof minimum === 'number' && { min: minimum }),
    ...(typeof maximum === 'number' && { max: maximum }),
  };
}

function fittingText(
  schemas: Schemas,
  schema: Schema,
  words: readonly string[],
): Arbitrary<string> {
  const check = schemas.check(schema);
  const fits = (text: string) => check(text) === null;
  const known = words.filter(fits);
  const lengths = {
    ...(typeof schema.minLength === 'number' && { minLength: schema.minLength }),
    maxLength: typeof schema.maxLength === 'number' ? schema.maxLength : 80,
  };
  const any = fc.oneof(
    fc.string({ unit: 'binary', ...lengths }),
    fc.string({ unit: 'grapheme', ...lengths }),
    fc.string({ unit: fc.constantFrom(...NASTY_UNITS), ...lengths }),
  );
  const made = matching(schema.pattern) ?? any;
  const all = made.filter(fits);
  return known.length === 0
    ? all
    : fc.oneof({ arbitrary: fc.constantFrom(...known), weight: 6 }, all);
}

/** `null` for a pattern that texts cannot be made from, such as one that only says what it refuses. */
function matching(pattern: unknown): Arbitrary<string> | null {
  if (typeof pattern !== 'string' || pattern.includes('(?!')) return null;
  // A group that is referred to is taken twice, whatever it was: what does not fit is left out.
  return fc.stringMatching(new RegExp(pattern.replaceAll(/\\[1-9]/g, '("?)')));
}

/** NFC and NFD, right to left, nothing to see, outside the plane, and what others escape by. */
const NASTY_UNITS = [
  'é',
  'e\u0301',
  '\u202e',
  '\u200b',
  '\u200d',
  '\ufeff',
  '\u0000',
  '\u2028',
  '\ud83d\ude00',
  'İ',
  'ß',
  'ﬀ',
  '\r\n',
  '"',
  '\\',
  '{',
  '%00',
  '*',
  ':',
  '\u001f',
] as const;

const LONG = 70_000;

/** Values that hardly anything takes. */
const NASTY: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  0,
  -0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 63),
  1e308,
  5e-324,
  [],
  {},
  [[]],
  [null],
  { length: 1 },
  { toString: 1 },
  { constructor: { prototype: { polluted: true } } },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '\u0000',
  '\ufffd',
  '$where',
  '{{7*7}}',
  'a'.repeat(65),
  'a'.repeat(255),
  'a'.repeat(256),
  'é'.repeat(4_000),
  '\ud83d\ude00'.repeat(40),
  Array.from({ length: 2_000 }, () => 0),
];

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'type',
  'data',
];

/** Spoils values: whether what comes out still fits is for a check to say. */
export class Spoiler {
  readonly #draw: Draw;
  readonly #any: () => unknown;
  readonly #name: () => string;

  constructor(draw: Draw) {
    this.#draw = draw;
    this.#any = draw.stock(fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }));
    this.#name = draw.stock(fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'grapheme' })));
  }

  /** A JSON value in which one or more things are otherwise. */
  value(value: unknown): unknown {
    let spoilt = value;
    do spoilt = this.#once(spoilt, 0);
    while (this.#draw.chance(0.3));
    return spoilt;
  }

  #once(value: unknown, depth: number): unknown {
    const draw = this.#draw;
    if (isObject(value) && (depth === 0 || draw.chance(0.8))) return this.#member(value, depth);
    if (Array.isArray(value) && value.length > 0 && draw.chance(0.8)) {
      const at = draw.below(value.length);
      return value.map((item, index) => (index === at ? this.#once(item, depth + 1) : item));
    }
    if (typeof value === 'string' && draw.chance(0.5)) return this.#text(value);
    return draw.chance(0.7) ? draw.one(NASTY) : this.#any();
  }

  #member(value: Readonly<Record<string, unknown>>, depth: number): unknown {
    const draw = this.#draw;
    const entries = Object.entries(value);
    const at = draw.below(entries.length);
    switch (draw.weighted({ change: 6, drop: 2, add: 3, rename: 1, whole: 1 })) {
      case 'change':
        return fromEntries(
          entries.map(([name, member], index) => [
            name,
            index === at ? this.#once(member, depth + 1) : member,
          ]),
        );
      case 'drop':
        return fromEntries(entries.filter((_, index) => index !== at));
      case 'add':
        return fromEntries([...entries, [this.#name(), draw.one(NASTY)]]);
      case 'rename':
        return fromEntries(
          entries.map(([name, member], index) => [index === at ? `${name} ` : name, member]),
        );
      case 'whole':
        return draw.one(NASTY);
    }
  }

  #text(text: string): string {
    const draw = this.#draw;
    const at = draw.below(text.length + 1);
    const unit = draw.one(NASTY_UNITS);
    switch (draw.weighted({ insert: 4, swap: 2, form: 1, long: 1, cut: 1 })) {
      case 'insert':
        return text.slice(0, at) + unit + text.slice(at);
      case 'swap':
        return text.slice(0, at) + unit + text.slice(at + 1);
      case 'form':
        return (draw.chance(0.5) ? text.toUpperCase() : text).normalize(draw.one(['NFD', 'NFKC']));
      case 'long':
        return text.repeat(draw.between(2, 60));
      case 'cut':
        return text.slice(at);
    }
  }

  /** JSON text as bytes, spoilt where no value could be: syntax, numbers, escapes, encoding. */
  bytes(value: unknown): Buffer {
    const draw = this.#draw;
    const text = JSON.stringify(value) ?? 'null';
    const at = draw.below(text.length + 1);
    const insert = (what: string) => Buffer.from(text.slice(0, at) + what + text.slice(at));
    switch (
      draw.weighted({
        half: 3,
        twice: 3,
        cut: 3,
        token: 4,
        number: 3,
        nested: 2,
        bytes: 2,
        around: 2,
        proto: 2,
        nothing: 1,
      })
    ) {
      case 'half':
        return Buffer.from(
          text.replace(
            /"(?=[,}])/,
            `${draw.one(['\\ud800', '\\udfff', '\\uDBFF\\u0041', '\\udc00\\ud800'])}"`,
          ),
        );
      case 'twice':
        return Buffer.from(
          text.replace(/^\{("[^"]*"):/, `{$1:${JSON.stringify(draw.one(NASTY))},$1:`),
        );
      case 'cut':
        return Buffer.from(text.slice(0, at));
      case 'token':
        return insert(
          draw.one(['"', '\\', ',', ':', '{', '}', '[', ']', '\u0000', '\n', '//', 'NaN', '\\u00']),
        );
      case 'number':
        return Buffer.from(
          text.replace(
            /:("[^"]*"|true|false|\d+)/,
            `:${draw.one(['1e999', '-1e999', '0x10', '01', '1.', '-', '9'.repeat(400), 'Infinity'])}`,
          ),
        );
      case 'nested': {
        const depth = draw.one([30, 31, 32, 33, 64, 5_000]);
        const [open, close] = draw.chance(0.5) ? ['[', ']'] : ['{"a":', '}'];
        return Buffer.from(
          text.replace(/:[^,}]*/, `:${open.repeat(depth)}1${close.repeat(depth)}`),
        );
      }
      case 'bytes': {
        const bytes = Buffer.from(text);
        for (let count = draw.between(1, 3); count > 0 && bytes.length > 0; count -= 1) {
          bytes[draw.below(bytes.length)] = draw.below(256);
        }
        return bytes;
      }
      case 'around':
        return Buffer.from(
          draw.one(['\ufeff', ' \t\r\n', '\u00a0', 'x', ")]}',\n"]) +
            text +
            draw.one(['', ' \n', '{}', '\u0000']),
        );
      case 'proto':
        return Buffer.from(text.replace(/^\{/, '{"__proto__":{"followerId":"x"},'));
      case 'nothing':
        return Buffer.from(draw.one(['', ' ', 'null', 'true', '0', '""', '[]', '{}', 'undefined']));
    }
  }

  /** Valid JSON of exactly so many bytes, if it is not longer already. */
  padded(value: unknown, bytes: number): Buffer {
    const text = Buffer.from(JSON.stringify(value) ?? 'null');
    return Buffer.concat([text, Buffer.alloc(Math.max(0, bytes - text.length), ' ')]);
  }

  /** A text that is longer than any command may be. */
  get long(): string {
    return 'x'.repeat(LONG);
  }
}

/** Also of a member `__proto__`, as a parser makes it. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): unknown {
  return Object.fromEntries(entries);
}
