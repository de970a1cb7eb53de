/** The code of docs/changes.md is code that runs. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { defineApp, upcast } from '../../src/define/index.ts';
import { KINDS } from '../../src/engine/check/check.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { mustAccept, startNode } from '../support/node.ts';
import { Packed, parcel, reminderOf } from './example.ts';
import { parcelApp, parcels } from './parcels.ts';

const page = await readFile(new URL('../../docs/changes.md', import.meta.url), 'utf8');
const example = await readFile(new URL('example.ts', import.meta.url), 'utf8');
const linesOf = (text: string) => text.split('\n').map((line) => line.trim());

test('its blocks stand in the example', () => {
  const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  expect(blocks).toHaveLength(3);
  for (const block of blocks) {
    expect(linesOf(example).join('\n')).toContain(linesOf(block.trimEnd()).join('\n'));
  }
});

test('its migrations and upcasters do what it says', async () => {
  const store = createMemoryStore();
  const before = startNode(store, { app: parcelApp() });
  await mustAccept(before.engine, 'Pack', { parcel: 'a', grams: 1.5 });
  const after = startNode(store, { app: defineApp({ aggregates: [parcel] }), seed: 2 });
  await mustAccept(after.engine, 'Send', { parcel: 'a' });
  const machine = parcels.createMachine({ context: { grams: 0 } });
  const migration = reminderOf(machine).migrations[1];
  const timers = { 'xstate.after.3600000.reminder.waiting': 4, other: 5 };
  const state = { value: 'waiting', context: {}, history: {}, timers, effects: {} };
  expect(migration?.(state)).toEqual({
    value: 'pausing',
    timers: { 'xstate.after.3600000.reminder.pausing': 4, other: 5 },
  });
  const recorded = { type: 'Packed', version: 1, data: { parcel: 'a', grams: 1 } };
  const { data } = upcast(Packed, recorded);
  expect(Packed.schema.parse(data)).toEqual({ parcel: 'a', grams: 1, box: 'plain', by: 'unknown' });
});

test('it names every kind of finding', () => {
  for (const kind of Object.keys(KINDS)) expect(page).toContain(`\`${kind}\``);
});
