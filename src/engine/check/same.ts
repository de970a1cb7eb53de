import type { Json } from '../../define/index.ts';

/** A value as it is when it was stored. */
export function asStored(value: unknown): Json {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json);
}

/** Whether two JSON values are the same, in whatever order their members stand. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [members, others] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    members.length === others.size &&
    members.every(([name, member]) => others.has(name) && isSame(member, others.get(name)))
  );
}

/** The members of two objects that differ, as paths: `context.grams`. */
export function differences(a: Json, b: Json, path: string): string[] {
  if (isSame(a, b)) return [];
  const [left, right] = [membersOf(a), membersOf(b)];
  if (left === null || right === null) return [path];
  const names = new Set([...left.keys(), ...right.keys()]);
  return [...names].flatMap((name) =>
    isSame(left.get(name), right.get(name)) ? [] : [`${path}.${name}`],
  );
}

function membersOf(value: Json): Map<string, Json> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return new Map(Object.entries(value));
}
