import { describe, expect, test } from 'vitest';
import type { Backing, Decide, Reader } from '../../../src/storage/kv/backing.ts';
import { purge, putExpiring, readExpiring } from '../../../src/storage/kv/expiring.ts';
import { keys } from '../../../src/storage/kv/keys.ts';
import { MemoryBacking } from '../../../src/storage/memory/index.ts';

const NOW = 1_700_000_000_000;

function write(backing: Backing, decide: (reader: Reader) => ReturnType<typeof purge>) {
  const step: Decide<undefined> = (reader) => ({ reply: undefined, writes: decide(reader) });
  return backing.step(step);
}

function count(reader: Reader): number {
  return [...reader.range({ from: ' ', before: '~', reverse: false, limit: 1_000_000 })].length;
}

describe('what expires', () => {
  test('is there until its time, and not at it', async () => {
    const backing = new MemoryBacking(() => 0);
    const key = keys.pointer('a');
    await write(backing, () => putExpiring(key, 'content', 10, NOW));
    const at = (now: number) => readExpiring(backing.committed.get(key), now);
    expect(at(NOW + 9)).toBe('content');
    expect(at(NOW + 10)).toBeNull();
  });

  test('is removed a bounded number at a time, the oldest first, all of it in the end', async () => {
    const backing = new MemoryBacking(() => 0);
    for (let n = 0; n < 20; n++) {
      await write(backing, () => putExpiring(keys.pointer(`k${n}`), 'c', 20 - n, NOW));
    }
    expect(count(backing.committed)).toBe(40);
    await write(backing, (reader) => purge(reader, NOW + 100, 5));
    expect(count(backing.committed)).toBe(30);
    expect(backing.committed.get(keys.pointer('k19'))).toBeNull();
    expect(backing.committed.get(keys.pointer('k0'))).not.toBeNull();
    for (let n = 0; n < 3; n++) await write(backing, (reader) => purge(reader, NOW + 100, 5));
    expect(count(backing.committed)).toBe(0);
  });

  test('is not removed before its time, nor when it was put anew', async () => {
    const backing = new MemoryBacking(() => 0);
    const key = keys.pointer('a');
    await write(backing, () => putExpiring(key, 'old', 10, NOW));
    await write(backing, (reader) => purge(reader, NOW + 5, 100));
    expect(readExpiring(backing.committed.get(key), NOW + 5)).toBe('old');
    await write(backing, () => putExpiring(key, 'new', 10, NOW + 20));
    await write(backing, (reader) => purge(reader, NOW + 25, 100));
    expect(readExpiring(backing.committed.get(key), NOW + 25)).toBe('new');
    await write(backing, (reader) => purge(reader, NOW + 30, 100));
    expect(count(backing.committed)).toBe(0);
  });
});
