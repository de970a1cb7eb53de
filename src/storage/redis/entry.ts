import type { EntryRow } from '../../engine/store.ts';

/** What the hash of a collection holds of an entry: all of it, so that one command reads it. */
export function storedEntry(at: number, value: string | null): string {
  return value === null ? String(at) : `${at}:${value}`;
}

export function parseEntry(key: string, stored: string): EntryRow {
  const colon = stored.indexOf(':');
  if (colon < 0) return { key, at: Number(stored), value: null };
  return { key, at: Number(stored.slice(0, colon)), value: stored.slice(colon + 1) };
}
