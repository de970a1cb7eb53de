import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createMachine, emit, fromPromise } from 'xstate';
import { show } from '../../docs/show/aggregate.ts';
import { reservations } from '../../docs/show/reservations.ts';
import { seatPayment } from '../../docs/show/seat-payment.ts';
import { account } from '../../machines/account/aggregate.ts';
import { DefinitionError, defineApp, noEffect } from '../../src/define/index.ts';

const docs = new URL('../../docs/', import.meta.url);
const pages = {
  'guide.md': await readFile(new URL('guide.md', docs), 'utf8'),
  'policies.md': await readFile(new URL('policies.md', docs), 'utf8'),
  'testing.md': await readFile(new URL('testing.md', docs), 'utf8'),
};

/** A page's TypeScript, each block with the file that was linked last before it. */
function blocksOf(page: string) {
  const links = /\]\(((?:show|\.\.\/test\/docs)\/[\w.-]+\.ts)\)/g;
  return [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(({ index, 1: code = '' }) => ({
    file: [...page.slice(0, index).matchAll(links)].at(-1)?.[1] ?? '',
    code,
  }));
}

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

test.each(Object.entries(pages))('the code of %s is the code that is run', async (_, page) => {
  const blocks = blocksOf(page);
  expect(blocks.length).toBeGreaterThan(6);
  for (const { file, code } of blocks) {
    const source = await readFile(new URL(file, docs), 'utf8');
    expect(isExcerpt(code, source), `${file} has not:\n${code}`).toBe(true);
  }
});

/** What `defineApp` says of its parts. */
function mistakesIn(parts: Parameters<typeof defineApp>[0]): string {
  try {
    defineApp(parts);
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
  }
  return '';
}

describe('the mistakes that are shown are named as they are shown', () => {
  const shownIn = (page: string) => /^```\n(\d+ mistake[\s\S]*?)\n```$/m.exec(page)?.[1];

  test('for an aggregate', () => {
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
    const message = mistakesIn({ aggregates: [broken] });
    expect(message).not.toBe('');
    expect(shownIn(pages['guide.md'])).toBe(message);
  });

  test('for a policy and a projection', () => {
    const machine = createMachine(
      {
        initial: 'new',
        states: {
          new: { on: { SeatReserved: 'charging' } },
          charging: {
            entry: emit({ type: 'ChargeBegun' }),
            invoke: { src: 'charge', onDone: 'over' },
            after: { tooLong: 'over' },
            exit: () => {},
          },
          over: { type: 'final' },
        },
      },
      { actors: { charge: fromPromise(async () => null) } },
    );
    const { SeatReserved, SeatReleased } = show.events;
    const on = { SeatTaken: SeatReserved, SeatReleased } as typeof show.events;
    const { SeatReleased: _, ...folds } = reservations.folds;
    const message = mistakesIn({
      aggregates: [account, show],
      policies: [{ ...seatPayment, machine, on, file: 'machines/show/seat-payment.ts' }],
      projections: [{ ...reservations, folds, file: 'machines/show/reservations.ts' }],
    });
    expect(message).not.toBe('');
    expect(shownIn(pages['policies.md'])).toBe(message);
  });
});
