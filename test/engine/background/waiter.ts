import { cancel, setup } from 'xstate';
import { definePolicy, type PolicyMessages, sends } from '../../../src/define/index.ts';
import { partitionsOf } from '../../../src/engine/partitions.ts';
import { type commands, deskApp, onWritten, stamp } from '../../support/desk/index.ts';
import { Office } from './office.ts';

/** How long a desk waits, in milliseconds. */
export const HOUR_MS = 3_600_000;
export const YEAR_MS = 365 * 24 * HOUR_MS;

/** What throws until it is mended. */
export const broken = { isBroken: false };

const builder = setup({
  types: {
    context: {} as { count: number },
    events: {} as PolicyMessages<typeof onWritten> | { type: 'reminder' },
  },
  actions: { send: sends<typeof commands>() },
  guards: {
    says: ({ event }, word: string) => event.type === 'Written' && event.data.text === word,
    saysBroken: ({ event }, word: string) => {
      const isIt = event.type === 'Written' && event.data.text === `broken ${word}`;
      if (isIt && broken.isBroken) throw new Error('the policy is broken');
      return isIt;
    },
  },
});
const stamped = (text: string) => ({ type: 'send', params: stamp('stamps', text) }) as const;
const says = (word: string) => ({ type: 'says', params: word }) as const;

/** Waits an hour unless it is told otherwise, and reminds on demand half an hour later. */
const machine = builder.createMachine({
  id: 'waiter',
  context: { count: 0 },
  initial: 'idle',
  states: {
    idle: { on: { Written: 'waiting' } },
    waiting: {
      after: { [HOUR_MS]: { target: 'over', actions: stamped('over') } },
      on: {
        Written: [
          { guard: says('again'), target: 'waiting', reenter: true },
          { guard: says('stop'), target: 'stopped' },
          { guard: { type: 'saysBroken', params: 'stop' }, target: 'stopped' },
          { guard: { type: 'saysBroken', params: 'again' }, target: 'waiting', reenter: true },
          {
            guard: says('remind'),
            actions: builder.raise({ type: 'reminder' }, { id: 'reminder', delay: HOUR_MS / 2 }),
          },
          { guard: says('end'), target: 'ended' },
          { guard: says('quiet'), actions: cancel('reminder') },
        ],
        reminder: { actions: stamped('reminder') },
      },
    },
    stopped: { on: { Written: { guard: says('again'), target: 'waiting' } } },
    over: {},
    ended: { type: 'final' },
  },
});
const policy = definePolicy({ name: 'waiter', machine, on: onWritten, correlate: 'actor' });
export const app = deskApp([policy]);

/** An office in which a desk waits. @returns when its hour is over */
export async function waiting(...texts: string[]) {
  broken.isBroken = false;
  const office = await Office.open(app);
  for (const text of ['start', ...texts]) {
    await office.write('a', text);
    await office.idle();
  }
  return { office, dueAt: await dueAt(office) };
}

/** When the last of the pending timers is due. */
export async function dueAt({ nodes: { store } }: Office): Promise<number> {
  const page = { after: null, until: null, limit: 10 };
  const rows = await Promise.all(
    partitionsOf(store).map((at) => store.scan(at, 'timer/waiter', page)),
  );
  return Math.max(...rows.flat().map(({ order }) => order));
}

/** Sets the clock to a time. */
export async function goTo({ time }: Office, at: number): Promise<void> {
  await time.jump(at - time.now());
}
