/**
 * The action by which a machine says that a command is accepted and changes nothing.
 * Name it `noEffect` in `setup({ actions: { noEffect } })`. Without it the engine could not tell
 * such a command from one that the state ignores, which is a rejection.
 */
export function noEffect(): void {}
