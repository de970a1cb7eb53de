import { describe, expect, test } from 'vitest';
import { BadCursorError } from '../../../src/define/index.ts';
import { openBusy } from './busy.ts';

describe('listings', () => {
  async function all<Item>(
    read: (cursor: string | null) => Promise<{ items: readonly Item[]; next: string | null }>,
  ): Promise<{ items: Item[]; sizes: number[] }> {
    const items: Item[] = [];
    const sizes: number[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: readonly Item[]; next: string | null } = await read(cursor);
      items.push(...page.items);
      sizes.push(page.items.length);
      cursor = page.next;
    } while (cursor !== null);
    return { items, sizes };
  }

  const desks = Array.from({ length: 17 }, (_, number) => `desk${number}`);

  test('of instances give each once, with its state, page by page', async () => {
    const { office } = await openBusy();
    for (const desk of desks) await office.write(desk, 'wait');
    await office.idle();
    const { engine } = office.counter;
    for (const limit of [1, 5, 17, 200]) {
      const { items, sizes } = await all(async (cursor) => {
        const page = await engine.instances('busy', { limit, cursor });
        if (!page) throw new Error('there is no such policy');
        return page;
      });
      expect(items.map(({ id }) => id).toSorted()).toEqual(
        desks.map((desk) => `desk:${desk}`).toSorted(),
      );
      expect(items[0]).toMatchObject({ value: 'waiting', context: {}, waiting: 0 });
      expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
      expect(sizes.every((size) => size > 0)).toBe(true);
    }
    expect(await engine.instances('nobody', { limit: 5, cursor: null })).toBeNull();
  });

  test('of dead letters give each once, page by page', async () => {
    const { office } = await openBusy();
    for (const desk of desks) await office.write(desk, 'broken', 'stamps');
    await office.idle();
    const { engine } = office.counter;
    for (const limit of [1, 4, 17, 200]) {
      const { items, sizes } = await all((cursor) => engine.deadLetters({ limit, cursor }));
      expect(new Set(items.map(({ id }) => id)).size).toBe(desks.length);
      expect(items.every(({ waiting }) => waiting === 1)).toBe(true);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
    }
  });

  test('take no cursor that they did not give', async () => {
    const { office } = await openBusy();
    const { engine } = office.counter;
    await office.write('a', 'wait');
    await office.write('b', 'wait');
    await office.idle();
    const page = await engine.instances('busy', { limit: 1, cursor: null });
    expect(page?.next).toEqual(expect.any(String));
    const foreign = { limit: 1, cursor: page?.next ?? '' };
    await expect(engine.deadLetters(foreign)).rejects.toThrow(BadCursorError);
    await expect(engine.deadLetters({ limit: 1, cursor: 'x' })).rejects.toThrow(BadCursorError);
  });
});
