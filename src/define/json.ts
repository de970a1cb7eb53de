/** A value that survives `JSON.stringify` and `JSON.parse` unchanged. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * Where `value` stops being JSON, as a path such as `.orders[2].due`, with the reason;
 * `null` when all of it is JSON. Maps, sets, dates, class instances, functions, symbols, bigints,
 * NaN, infinities and `undefined` inside arrays are not. An `undefined` property is taken as absent.
 */
export function findNonJson(value: unknown, path = ''): { path: string; reason: string } | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : { path, reason: `${value} is not a JSON number` };
    case 'object':
      break;
    default:
      return { path, reason: `a ${typeof value} is not JSON` };
  }
  if (value === null) return null;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = findNonJson(value[index], `${path}[${index}]`);
      if (found) return found;
    }
    return null;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return { path, reason: `a ${value.constructor?.name ?? 'class instance'} is not JSON` };
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const found = findNonJson(member, `${path}.${key}`);
    if (found) return found;
  }
  return null;
}
