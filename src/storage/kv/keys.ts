/**
 * The layout: which key holds what. Every key of the store is spelled here.
 *
 * A key is a letter for its kind, then names and numbers. Numbers are written so that they sort
 * as numbers do. Names are escaped so that `!` ends them, they sort by code point, and no
 * surrogate is left in them: so UTF-16 order, which JavaScript compares by, and UTF-8 order,
 * which LMDB compares by, are the same.
 *
 * | key | value |
 * |---|---|
 * | `m` | the layout's version and the number of partitions |
 * | `a` actor | the actor's row |
 * | `h` partition | the head of its feed |
 * | `d` partition | the position of the last record that was trimmed; none: no record was |
 * | `f` partition position | a record |
 * | `a` actor `!e` collection `!` key | an entry |
 * | `a` actor `!t` collection `!` at key | the same entry, in the order of time |
 * | `a` actor `!r` command id | a kept reply |
 * | `c` claim | a claim |
 * | `p` key | an idempotency pointer |
 * | `q` command id | an async command |
 * | `n` partition | how many async commands it ever had |
 * | `w` partition number | the id of a pending async command |
 * | `v` partition | how many async commands are pending |
 * | `b` partition | its background work: lease, last step, checkpoints, count |
 * | `b` partition `c` cursor | the position that transfers of that name have reached |
 * | `b` partition `g` ranking `!` rank id | the id and the size of an owner; the rank falls as the size grows |
 * | `b` partition `t` table `!k` key | a row |
 * | `b` partition `t` table `!n` | how many rows the table has, and how many with an order |
 * | `b` partition `t` table `!o` order key | the key of a row that has an order |
 * | `x` time key | that `key` is to go at that time |
 */
import { createHash } from 'node:crypto';
import type { ActorKey } from '../../engine/address.ts';
import type { Range } from './backing.ts';

/** Changes whenever a key or a value is written in another way. */
export const LAYOUT = 1;

/** A longer name stands in a key by its hash: LMDB's keys end at 1,978 bytes. */
const NAME_LENGTH_MAX = 120;
/** An entry's key is needed as it is, to sort by. */
const ENTRY_KEY_BYTES_MAX = 1_000;
/** A row's longer key stands in a key by so much of its beginning, and its hash. */
const ROW_KEY_LENGTH_MAX = 400;

const END = '!';
const LOW = '"';
const HIGH = '\ud7ff';
const TO_ESCAPE = /[\0-"\ud7ff-\uffff]/;
const ESCAPED = /"([#-E])|\ud7ff([0-9a-f]{6})/g;
const LOW_OFFSET = 0x23;

/** `text` without `!`, quotes, controls, surrogates; sorts by code point. */
export function escapeName(text: string): string {
  if (!TO_ESCAPE.test(text)) return text;
  let escaped = '';
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point <= 0x22) escaped += LOW + String.fromCharCode(LOW_OFFSET + point);
    else if (point >= 0xd7ff) escaped += HIGH + point.toString(16).padStart(6, '0');
    else escaped += character;
  }
  return escaped;
}

/** What {@link escapeName} was given. */
export function unescapeName(escaped: string): string {
  return escaped.replace(ESCAPED, (_, low: string | undefined, high: string | undefined) =>
    low === undefined
      ? String.fromCodePoint(Number.parseInt(high ?? '', 16))
      : String.fromCharCode(low.charCodeAt(0) - LOW_OFFSET),
  );
}

/** Whether an actor's key cannot be told from the store's key for it. */
export function isHashed(actor: ActorKey): boolean {
  return escapeName(actor).length > NAME_LENGTH_MAX;
}

/** A name that is looked up, never sorted by. `"~` begins no escaped name. */
function name(text: string): string {
  const escaped = escapeName(text);
  return escaped.length <= NAME_LENGTH_MAX ? escaped : hashed(text);
}

function hashed(text: string): string {
  return `${LOW}~${createHash('sha256').update(text, 'utf16le').digest('base64url')}`;
}

/**
 * A row's key, to look up and to sort by. Whatever long names it is made of, it fits: those that
 * begin alike for longer than that sort among each other by their hash.
 */
function rowName(key: string): string {
  const escaped = escapeName(key);
  if (escaped.length <= ROW_KEY_LENGTH_MAX) return escaped;
  return `${escaped.slice(0, ROW_KEY_LENGTH_MAX)}${hashed(key)}`;
}

function entryName(key: string): string {
  const escaped = escapeName(key);
  const bytes = Buffer.byteLength(escaped);
  if (bytes > ENTRY_KEY_BYTES_MAX) {
    throw new RangeError(
      `the key of an entry takes ${bytes} bytes, more than ${ENTRY_KEY_BYTES_MAX}`,
    );
  }
  return escaped;
}

/** A whole number from 0 on, so written that longer numbers sort after shorter ones. */
export function ordered(number: number): string {
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new RangeError(`${number} is no position or time: it must be a whole number from 0 on`);
  }
  const digits = number.toString(36);
  return String.fromCharCode(0x30 + digits.length) + digits;
}

/** Splits what begins with an ordered number. */
export function splitOrdered(text: string): { readonly number: number; readonly rest: string } {
  const end = 1 + text.charCodeAt(0) - 0x30;
  return { number: Number.parseInt(text.slice(1, end), 36), rest: text.slice(end) };
}

type KeyRange = Pick<Range, 'from' | 'before'>;

/** All keys that begin with `prefix`, behind which only what the keys of this file hold may stand. */
function within(prefix: string): KeyRange {
  return { from: prefix, before: `${prefix}${HIGH}~` };
}

/**
 * What belongs to one actor lies beside it, so that a commit changes few pages of the disk. `!`
 * stands in no name and sorts before all that does.
 */
function own(actor: ActorKey, kind: 'e' | 'r' | 't'): string {
  return `${keys.actor(actor)}${END}${kind}`;
}

export const keys = {
  meta: 'm',
  actor: (actor: ActorKey) => `a${name(actor)}`,
  head: (partition: number) => `h${ordered(partition)}`,
  trimmed: (partition: number) => `d${ordered(partition)}`,
  record: (partition: number, position: number) => `f${ordered(partition)}${ordered(position)}`,
  claim: (claim: string) => `c${name(claim)}`,
  pointer: (key: string) => `p${name(key)}`,
  reply: (actor: ActorKey, commandId: string) => `${own(actor, 'r')}${name(commandId)}`,

  entry: (actor: ActorKey, collection: string, key: string) =>
    `${own(actor, 'e')}${name(collection)}${END}${entryName(key)}`,
  /** The keys of {@link timedEntry} begin with it. */
  timeline: (actor: ActorKey, collection: string) => `${own(actor, 't')}${name(collection)}${END}`,
  timedEntry: (timeline: string, at: number, key: string) =>
    `${timeline}${ordered(at)}${entryName(key)}`,

  asyncCommand: (commandId: string) => `q${name(commandId)}`,
  asyncCount: (partition: number) => `n${ordered(partition)}`,
  pendingAsync: (partition: number, number: number) => `w${ordered(partition)}${ordered(number)}`,
  pendingCount: (partition: number) => `v${ordered(partition)}`,

  work: (partition: number) => `b${ordered(partition)}`,
  cursor: (partition: number, cursor: string) => `b${ordered(partition)}c${name(cursor)}`,
  /** The keys of what is in the table begin with it. */
  table: (partition: number, table: string) => `b${ordered(partition)}t${name(table)}${END}`,
  row: (table: string, key: string) => `${table}k${rowName(key)}`,
  tableCounts: (table: string) => `${table}n`,
  orderedRow: (table: string, order: number, key: string) =>
    `${table}o${ordered(order)}${rowName(key)}`,

  /** The keys of {@link ranked} begin with it. */
  ranking: (partition: number, ranking: string) => `b${ordered(partition)}g${name(ranking)}${END}`,
  ranked: (ranking: string, size: number, id: string) =>
    `${ranking}${ordered(Number.MAX_SAFE_INTEGER - size)}${rowName(id)}`,

  /** At `time`, in ms since 1970, the content of `key` is to go. */
  expiry: (time: number, key: string) => `x${ordered(time)}${key}`,
};

export const ranges = {
  /** The rows of a type's actors, with what belongs to each; then those whose names are hashed. */
  actors: (type: string): readonly [named: KeyRange, hashed: KeyRange] => [
    within(`a${escapeName(`${type}:`)}`),
    within(`a${LOW}~`),
  ],
  /** What belongs to an actor, which lies behind its row. */
  own: (actorRow: string) => within(`${actorRow}${END}`),

  timeline: within,
  recordsAfter: (partition: number, position: number) => ({
    from: keys.record(partition, position + 1),
    before: within(`f${ordered(partition)}`).before,
  }),
  ranking: within,
  pendingAsync: (partition: number) => within(`w${ordered(partition)}`),
  /**
   * The ordered rows of a table: those behind `after`, which need not be there, and those of the
   * order `until` and before; all where these are `null`.
   */
  orderedRows(
    table: string,
    after: { readonly order: number; readonly key: string } | null,
    until: number | null,
  ): KeyRange {
    const all = `${table}o`;
    const { before } = within(until === null ? all : `${all}${ordered(until)}`);
    // `!` stands in no name: nothing sorts between a key and it with `!` behind.
    const from = after === null ? all : `${keys.orderedRow(table, after.order, after.key)}${END}`;
    return { from, before };
  },
  /** The same backwards: those before `after`, and those of the order `until` and behind. */
  orderedRowsBack(
    table: string,
    after: { readonly order: number; readonly key: string } | null,
    until: number | null,
  ): KeyRange {
    const all = `${table}o`;
    const before =
      after === null ? within(all).before : keys.orderedRow(table, after.order, after.key);
    return { from: until === null ? all : `${all}${ordered(until)}`, before };
  },
  /** What is to go at `now` or before. */
  expired: (now: number) => ({ from: 'x', before: `x${ordered(now + 1)}` }),
};

/** The position that a record's key says. */
export function parsePosition(partition: number, key: string): number {
  return splitOrdered(key.slice(1 + ordered(partition).length)).number;
}

/** The actor that an actor's row says by its key; `null` where the name is hashed. */
export function parseActor(key: string): string | null {
  const name = key.slice(1);
  return name.startsWith(`${LOW}~`) ? null : unescapeName(name);
}

/** What an expiry's key says. */
export function parseExpiry(key: string): { readonly time: number; readonly target: string } {
  const { number, rest } = splitOrdered(key.slice(1));
  return { time: number, target: rest };
}
