/** Small machines of policies, made ready to step. */
import { type AnyActorRef, type AnyStateMachine, createMachine } from 'xstate';
import { defineEffect, noEffect, send } from '../../src/define/index.ts';
import { createPolicyDriver } from '../../src/engine/driver.ts';

export const options = { freeze: true, microstepsMax: 100 };
export const DAY_MS = 24 * 3600 * 1000;
export const charge = defineEffect({ run: async () => 'paid' });

export const done = (id: string, output: unknown = null) => ({
  type: `xstate.done.actor.${id}`,
  output,
  actorId: id,
});
export const failed = (id: string) => ({
  type: `xstate.error.actor.${id}`,
  error: { message: 'no money' },
  actorId: id,
});

export const self = (args: { self: AnyActorRef }) => args.self;

/** The driver of a machine whose only state takes `Go`, doing what is given. */
export function driverOf(
  actions: unknown,
  implementations: Parameters<typeof createMachine>[1] = {},
  config: object = {},
) {
  const machine = createMachine(
    { id: 'm', context: { list: [1, 2] }, on: { Go: { actions } }, ...config } as never,
    {
      ...implementations,
      actions: { send, noEffect, ...implementations?.actions },
    } as never,
  );
  return createPolicyDriver(machine as unknown as AnyStateMachine, options);
}

export function go(...given: Parameters<typeof driverOf>) {
  const driver = driverOf(...given);
  return driver.step(driver.initial().state, { type: 'Go' });
}
