import { MASK } from '../../protocol.ts';

/** Data without what is masked in them, and where that stood: `email`, `items.0.name`. */
export interface UnmaskedPart {
  readonly data: unknown;
  readonly leftOut: readonly string[];
}

/** What of a command's data can be sent again: a mask is no value. */
export function unmaskedPart(shown: unknown): UnmaskedPart {
  const leftOut: string[] = [];
  const data = without(shown, [], leftOut);
  return { data: data ?? {}, leftOut };
}

function without(value: unknown, path: readonly (string | number)[], leftOut: string[]): unknown {
  if (typeof value === 'string' && value.includes(MASK)) {
    leftOut.push(path.join('.'));
    return undefined;
  }
  if (Array.isArray(value)) {
    return value
      .map((item: unknown, index) => without(item, [...path, index], leftOut))
      .filter((item) => item !== undefined);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      const left = without(name.includes(MASK) ? name : member, [...path, name], leftOut);
      return left === undefined ? [] : [[name, left]];
    }),
  );
}
