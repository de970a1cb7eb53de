import type { EntryRow, EntryWrite } from '../../engine/store.ts';
import { entryPrefix, sizeField } from './keys.ts';

/** What the hash of a collection holds of an entry: all of it, so that one command reads it. */
function storedEntry(at: number, value: string | null): string {
  return value === null ? String(at) : `${at}:${value}`;
}

export function parseEntry(key: string, stored: string): EntryRow {
  const colon = stored.indexOf(':');
  if (colon < 0) return { key, at: Number(stored), value: null };
  return { key, at: Number(stored.slice(0, colon)), value: stored.slice(colon + 1) };
}

/** Adds an entry to the arguments of a script, as `entries.lua` has it. */
export function pushEntry(values: string[], { collection, key, at, value }: EntryWrite): void {
  values.push(sizeField(collection), entryPrefix(collection), key);
  if (at === null) values.push('', '');
  else values.push(String(at), storedEntry(at, value));
}
