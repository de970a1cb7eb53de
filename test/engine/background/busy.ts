import { setup } from 'xstate';
import {
  defineEffect,
  definePolicy,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';
import { type commands, deskApp, onWritten, stamp } from '../../support/desk/index.ts';
import { Office } from './office.ts';

/** How long a desk that waits does so, in milliseconds. */
export const HOUR_MS = 3_600_000;

/** What a text asks for: a stamp, an hour's wait, an effect that ends with it, or an error. */
class World {
  release: () => void = () => {};
  readonly #held = new Promise<void>((resolve) => {
    this.release = resolve;
  });
  readonly effect = (): Promise<void> => this.#held;
  isBroken = true;

  app(attempts = 3) {
    const builder = setup({
      types: { context: {} as object, events: {} as PolicyMessages<typeof onWritten> },
      actions: { send: sends<typeof commands>() },
      actors: { effect: defineEffect({ run: this.effect, timeoutMs: 10 * HOUR_MS }) },
      guards: {
        says: ({ event }, word: string) => event.type === 'Written' && event.data.text === word,
      },
    });
    const says = (word: string) => ({ type: 'says', params: word }) as const;
    const machine = builder.createMachine({
      id: 'busy',
      context: {},
      initial: 'idle',
      states: {
        idle: {
          on: {
            Written: [
              { guard: says('wait'), target: 'waiting' },
              { guard: says('effect'), target: 'running' },
              { actions: { type: 'send', params: ({ event }) => stamp(event.data.text, 'x') } },
            ],
          },
        },
        waiting: { after: { [HOUR_MS]: 'idle' } },
        running: { invoke: { src: 'effect', onDone: 'idle' } },
      },
    });
    const policy = definePolicy({
      name: 'busy',
      machine,
      on: onWritten,
      correlate: 'actor',
      attempts,
      facts: (message) => {
        const text = message.type === 'Written' ? message.data.text : '';
        if (text === 'broken' && this.isBroken) throw new Error('the policy is broken');
        return {};
      },
    });
    return deskApp([policy]);
  }
}

/** An office in which desks wait, run effects, send, or break: what its figures tell of. */
export async function openBusy(attempts?: number) {
  const world = new World();
  const office = await Office.open(world.app(attempts));
  return { office, world, isIdle: async () => (await office.counter.engine.policies()).idle };
}
