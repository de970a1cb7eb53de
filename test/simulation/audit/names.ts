/** How names, numbers and partitions stand in the store's keys: read by the layout's description alone. */

const MARK = '"';

/** A name as it was before `!`, quotes and controls were written otherwise. */
export function readName(written: string): string {
  if (!written.includes(MARK)) return written;
  return written.replace(/"([#-E])/g, (_, escaped: string) =>
    String.fromCharCode(escaped.charCodeAt(0) - 0x23),
  );
}

/** A number whose first character says how long it is, and what stands behind it. */
export function readNumber(text: string): { readonly number: number; readonly rest: string } {
  const length = text.charCodeAt(0) - 0x30;
  const digits = text.slice(1, 1 + length);
  return { number: Number.parseInt(digits, 36), rest: text.slice(1 + length) };
}

/** The partition that a key belongs to: FNV-1a, its halves folded, modulo the number of partitions. */
export function placeOf(key: string, partitions: number): number {
  let hash = 2_166_136_261;
  for (const character of key) hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions;
}
