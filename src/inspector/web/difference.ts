/** How one JSON value differs from another, place by place. */
export interface Difference {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before: unknown;
  readonly after: unknown;
}

/** What is shown of a difference at most. */
export const PLACES_MAX = 200;

/** Characters of a value that are shown at most. */
const VALUE_CHARS_MAX = 300;
/** Characters before the first that differs, where what comes before is cut. */
const LEAD_CHARS = 40;

/** Two values as they are shown: where one is long, the part in which they differ. */
export function shownValues(before: unknown, after: unknown): readonly [string, string] {
  const [old, now] = [JSON.stringify(before) ?? '', JSON.stringify(after) ?? ''];
  if (old.length <= VALUE_CHARS_MAX && now.length <= VALUE_CHARS_MAX) return [old, now];
  let same = 0;
  while (same < old.length && old[same] === now[same]) same++;
  const from = Math.max(0, same - LEAD_CHARS);
  const part = (text: string) => {
    const end = from + VALUE_CHARS_MAX;
    return `${from > 0 ? '…' : ''}${text.slice(from, end)}${text.length > end ? '…' : ''}`;
  };
  return [part(old), part(now)];
}

export function differences(before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = [];
  compare(before, after, '', found);
  return found;
}

function compare(before: unknown, after: unknown, path: string, found: Difference[]): void {
  if (before === after || found.length >= PLACES_MAX) return;
  if (isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(before[name], after[name], path === '' ? name : `${path}.${name}`, found);
    }
    return;
  }
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  found.push({ path, kind, before, after });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A state's value in words, as a query of actors takes them: `registered.active`; of regions, all of them. */
export function stateText(value: unknown): string {
  return leavesOf(value).join(', ');
}

function leavesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const leaves = leavesOf(inner).map((leaf) => `${name}.${leaf}`);
    return leaves.length === 0 ? [name] : leaves;
  });
}
