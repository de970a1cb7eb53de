import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { show } from '../../docs/show/aggregate.ts';
import { DefinitionError, defineApp, noEffect } from '../../src/define/index.ts';

const docs = new URL('../../docs/', import.meta.url);
const guide = await readFile(new URL('guide.md', docs), 'utf8');

/** The page's TypeScript, each block with the file that was linked last before it. */
const blocks = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(({ index, 1: code = '' }) => ({
  file: [...guide.slice(0, index).matchAll(/\]\((show\/[\w-]+\.ts)\)/g)].at(-1)?.[1] ?? '',
  code,
}));

/** Lines without their indentation: an excerpt stands further left than in its file. */
const linesOf = (text: string) => text.split('\n').map((line) => line.trim());

/** Whether the file has the block's lines one after another; `…` stands for lines left out. */
function isExcerpt(code: string, file: string): boolean {
  const lines = linesOf(file).join('\n');
  let from = 0;
  for (const part of linesOf(code.trimEnd()).join('\n').split('\n…\n')) {
    const at = lines.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}

test('its code is the code that is run', async () => {
  expect(blocks.length).toBeGreaterThan(6);
  for (const { file, code } of blocks) {
    const source = await readFile(new URL(file, docs), 'utf8');
    expect(isExcerpt(code, source), `${file} has not:\n${code}`).toBe(true);
  }
});

test('the mistakes it shows are named as it shows them', () => {
  const machine = createMachine(
    {
      context: { title: null, openedAt: new Date(0) },
      initial: 'open',
      states: {
        open: {
          after: { 60000: { actions: 'noEffect' } },
          on: {
            AnnounceShow: { actions: 'noEffect' },
            ReserveSeat: { guard: 'isFull', actions: 'noEffect' },
            ReleaseSeat: { actions: () => {} },
          },
        },
      },
    },
    { actions: { noEffect } },
  );
  const events = { ...show.events };
  if (events.ShowAnnounced) events.ShowAnnounced = { ...events.ShowAnnounced, upcast: {} };
  const broken = { ...show, machine, events, file: 'machines/show/aggregate.ts' };
  let message = '';
  try {
    defineApp({ aggregates: [broken] });
  } catch (error) {
    if (error instanceof DefinitionError) message = error.message;
  }
  expect(message).not.toBe('');
  const shown = /^```\n(\d+ mistake[\s\S]*?)\n```$/m.exec(guide)?.[1];
  expect(shown).toBe(message);
});
