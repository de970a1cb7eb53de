/** More accounts of a prefix than are compared: what is still sure of the answer. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { withGraph } from './graph-node.ts';

const answer = z.object({ items: z.array(z.object({ id: z.string(), isActive: z.boolean() })) });

/** Accounts z00, z01, … whose usernames begin alike, and some more. */
async function withNamesakes(count: number) {
  const graph = await withGraph('a', 'b');
  const ids = Array.from({ length: count }, (_, n) => `z${String(n).padStart(2, '0')}`);
  for (const id of ids) {
    const body = { accountId: id, email: `${id}@example.org`, username: `same_${id}` };
    await graph.send('RegisterAccount', body, 0);
  }
  const ask = async (limit: string) =>
    answer.parse(await graph.ask('findAccounts', {}, { prefix: 'same', limit })).items;
  return { graph, ids, ask };
}

it('as many active ones are found as are asked for, where the first read are inactive', async () => {
  const { graph, ids, ask } = await withNamesakes(70);
  // Names are read from their end.
  for (const id of ids.slice(-30)) await graph.send('DeactivateAccount', { accountId: id }, 0);
  const items = await ask('20');
  expect(items).toHaveLength(20);
  expect(items.every(({ isActive }) => isActive)).toBe(true);
});

it('one who comes among the most followed stands first at once, as long as few are followed at all', async () => {
  const { graph, ask } = await withNamesakes(60);
  await graph.follow('a', 'z01');
  expect((await ask('1')).map(({ id }) => id)).toEqual(['z01']);
  await graph.follow('a', 'z00');
  await graph.follow('b', 'z00');
  expect((await ask('2')).map(({ id }) => id)).toEqual(['z00', 'z01']);
});

it('one that is deactivated meanwhile is not among them', async () => {
  const { graph, ask } = await withNamesakes(60);
  await graph.follow('a', 'z00', 'z01');
  await graph.follow('b', 'z00');
  expect((await ask('2')).map(({ id }) => id)).toEqual(['z00', 'z01']);
  await graph.send('DeactivateAccount', { accountId: 'z00' }, 0);
  expect((await ask('1')).map(({ id }) => id)).toEqual(['z01']);
});
