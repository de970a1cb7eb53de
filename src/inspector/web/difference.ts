/** How one JSON value differs from another, place by place. */
export interface Difference {
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before: unknown;
  readonly after: unknown;
}

/** What is shown of a difference at most. */
export const PLACES_MAX = 200;

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
