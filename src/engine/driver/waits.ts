import type { AnyMachineSnapshot } from 'xstate';

/** What the states of a machine wait for: ids of the timers of their `after`, ids of their invokes. */
export function waitsOf(state: AnyMachineSnapshot): {
  readonly timers: readonly string[];
  readonly invokes: readonly string[];
} {
  return {
    timers: state._nodes.flatMap((node) => node.after.map(({ eventType }) => eventType)),
    invokes: state._nodes.flatMap((node) => node.invoke.map(({ id }) => id)),
  };
}
