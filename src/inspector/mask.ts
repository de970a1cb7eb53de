import type { Json } from '../define/index.ts';
import { isSame } from '../engine/check/same.ts';
import type { Services } from '../http/context.ts';
import { addValues, textMask } from './mask-text.ts';
import { MASK } from './protocol.ts';

/** Masks what belongs together, by the personal values of all of it, looked for once. */
export interface MaskingBeside {
  /** Any JSON of it: personal fields are masked, and their values wherever else they occur. */
  value(value: unknown): unknown;
  /** A text that people read. */
  text(text: string): string;
}

/** Makes what is shown of the app's data free of what is personal, unless that is allowed. */
export interface Masking {
  readonly isMasked: boolean;
  /** For those who mask several parts of the same: of a command, its data and its events. */
  beside(...data: readonly unknown[]): MaskingBeside;
  /**
   * Any JSON, with its personal fields masked wherever they stand, and their values wherever else
   * they occur in it. What is `null` stays so.
   * @param beside what else may hold them: they are masked in `value`, too
   */
  value(value: unknown, ...beside: readonly unknown[]): unknown;
  /**
   * A text that people read, an error or a reason: without the personal values of what it is about,
   * and, where the app calls a field of emails personal, without what looks like an email address.
   * @param about the data that it may quote, not masked
   */
  text(text: string, ...about: readonly unknown[]): string;
  /** The key of a claim, `type/claim:value`, as it is shown. @param about the data of its holder */
  claim(key: string, ...about: readonly unknown[]): string;
}

/** Shows all as it is. */
export const UNMASKED: Masking = {
  isMasked: false,
  beside: () => UNMASKED,
  value: (value) => value,
  text: (text) => text,
  claim: (key) => key,
};

export function maskingOf({ engine, unmask = false }: Services): Masking {
  const { personal } = engine.app;
  if (unmask || personal.size === 0) return UNMASKED;
  const hidesEmails = [...personal].some((name) => /e-?mail/i.test(name));
  const maskOf = (about: readonly unknown[]) =>
    textMask({ values: valuesIn(personal, about), hidesEmails });
  const beside = (...data: readonly unknown[]): MaskingBeside => {
    const text = maskOf(data);
    return { text, value: (value) => masked(personal, text, value) };
  };
  return {
    isMasked: true,
    beside,
    value: (value, ...data) => beside(value, ...data).value(value),
    text: (text, ...about) => beside(...about).text(text),
    claim(key, ...about) {
      const name = key.slice(0, key.indexOf(':'));
      const isPersonal = personal.has(name.slice(name.indexOf('/') + 1));
      return isPersonal ? `${name}:${MASK}` : maskOf(about)(key);
    },
  };
}

/** The values of all personal fields, wherever they stand. */
function valuesIn(personal: ReadonlySet<string>, about: readonly unknown[]): ReadonlySet<string> {
  const values = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const name of Object.keys(value)) {
      const member: unknown = Reflect.get(value, name);
      if (personal.has(name)) addValues(values, member);
      else look(member);
    }
  };
  look(about);
  return values;
}

type TextMask = (text: string) => string;

function masked(personal: ReadonlySet<string>, mask: TextMask, value: unknown): unknown {
  if (typeof value === 'string') return mask(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => masked(personal, mask, each));
  const names = shownNames(mask, Object.keys(value));
  return Object.fromEntries(
    Object.entries(value).map(([name, member], place) => [
      names[place],
      personal.has(name) && member !== null ? MASK : masked(personal, mask, member),
    ]),
  );
}

/** Names of members as they are shown: those that became the same are told apart. */
function shownNames(mask: TextMask, names: readonly string[]): readonly string[] {
  const all = names.map(mask);
  if (all.every((shown, place) => shown === names[place])) return names;
  const taken = new Map<string, number>();
  return all.map((shown) => {
    const count = (taken.get(shown) ?? 0) + 1;
    taken.set(shown, count);
    return count === 1 ? shown : `${shown} ${count}`;
  });
}

/**
 * What somebody made of data that were shown masked, with what the masks stood for: where they stand
 * as they stood. @param original not masked @param shown the same, masked
 * @returns `null` where masks stand elsewhere: what they stand for cannot be told
 */
export function unmasked(
  edited: Json,
  original: Json,
  shown: unknown,
): { readonly data: Json } | null {
  const data = restored(edited, original, shown);
  return JSON.stringify(data).includes(MASK) ? null : { data };
}

function restored(edited: Json, original: Json | undefined, shown: unknown): Json {
  if (original === undefined || typeof edited !== 'object' || edited === null) {
    return original !== undefined && edited === shown ? original : edited;
  }
  if (Array.isArray(edited)) {
    if (!Array.isArray(original) || !Array.isArray(shown) || isMoved(edited, shown)) return edited;
    return edited.map((item, place) => restored(item, original[place], shown[place]));
  }
  if (!isObject(original) || !isObject(shown)) return edited;
  const names = ownNames(original, shown);
  return Object.fromEntries(
    Object.entries(edited).map(([name, member]) => {
      const own = names.get(name);
      if (own === undefined) return [name, member];
      return [own, restored(member, original[own], Reflect.get(shown, name))];
    }),
  );
}

function isObject<Value>(value: Value): value is Exclude<Value & object, readonly unknown[]> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The names of an object's members by those that they are shown under. They need not stand in the same
 * order: names that are whole numbers come first in an object, and one that is masked is none.
 */
function ownNames(original: object, shown: object): ReadonlyMap<string, string> {
  const maskedNames = Object.keys(shown).filter((name) => !Object.hasOwn(original, name));
  const hidden = Object.keys(original).filter((name) => !Object.hasOwn(shown, name));
  const kept = Object.keys(original).filter((name) => Object.hasOwn(shown, name));
  return new Map([
    ...kept.map((name) => [name, name] as const),
    ...maskedNames.map((name, place) => [name, hidden[place] ?? name] as const),
  ]);
}

/** Whether items stand elsewhere than they did: which is which cannot be told then. */
function isMoved(edited: readonly Json[], shown: readonly Json[]): boolean {
  if (edited.length !== shown.length) return true;
  return edited.some(
    (item, place) => !isSame(item, shown[place]) && shown.some((other) => isSame(item, other)),
  );
}
