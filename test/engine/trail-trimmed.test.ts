/** Trails of actors whose history was trimmed, and commands whose fate stood in it. */
import { describe, expect, test } from 'vitest';
import { BadCursorError } from '../../src/define/index.ts';
import { encodeCursor } from '../../src/engine/cursor.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { mustAccept, startNode } from '../support/node.ts';

const ANN = { type: 'box', id: 'ann' };

/** A box whose six records stand at 1 to 6, or as far as they were not trimmed. */
async function box(trimmed: number) {
  const store = createMemoryStore({ partitions: 1 });
  const { engine } = startNode(store);
  for (let n = 0; n < 6; n++) await mustAccept(engine, 'Count', { box: 'ann' });
  if (trimmed > 0) expect(await store.trim(0, trimmed)).toBe(trimmed);
  const page = (limit: number, before: string | null = null) =>
    engine.trail(ANN, { limit, before });
  return { store, engine, page };
}

describe('the trail of an actor', () => {
  test('says on its last page that it was trimmed, and only there', async () => {
    const { page } = await box(2);
    const first = await page(3);
    expect([first?.items.length, first?.isTrimmed]).toEqual([3, false]);
    const last = await page(3, first?.next ?? null);
    expect(last?.items.map(({ position }) => position)).toEqual(['0:3.0']);
    expect([last?.next, last?.isTrimmed]).toEqual([null, true]);
    expect(await page(4)).toMatchObject({ next: null, isTrimmed: true });
    const whole = await (await box(0)).page(50);
    expect([whole?.items.length, whole?.isTrimmed]).toEqual([6, false]);
  });

  test('is empty where all of it is gone, and unknown where it never was', async () => {
    const { page, engine } = await box(6);
    expect(await page(10)).toEqual({ items: [], next: null, isTrimmed: true });
    expect(
      await engine.trail({ type: 'box', id: 'nobody' }, { limit: 1, before: null }),
    ).toBeNull();
    await mustAccept(engine, 'Count', { box: 'ann' });
    const again = await page(10);
    expect(again?.items.map(({ position }) => position)).toEqual(['0:7.0']);
    expect(again?.isTrimmed).toBe(true);
  });

  test('goes on from a place that is gone with nothing, and from none that never was', async () => {
    const { store, page } = await box(0);
    const first = await page(3);
    expect(first?.next).not.toBeNull();
    await store.trim(0, 5);
    const gone = await page(3, first?.next ?? null);
    expect(gone).toEqual({ items: [], next: null, isTrimmed: true });
    const nowhere = encodeCursor('trail/box:ann', [9, 0]);
    await expect(page(3, nowhere)).rejects.toThrow(BadCursorError);
  });
});
