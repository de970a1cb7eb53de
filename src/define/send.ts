import type { CommandDefinition, CommandMap } from './command.ts';

/** What a policy's machine asks to be sent. */
export interface Sending {
  /** The command's name. */
  readonly command: string;
  /** Its body, as the command's `schema` takes it: what is reserved for policies, too. */
  readonly data: unknown;
  /** Comes back with the outcome, so that the machine knows which of its commands it is. */
  readonly ref?: string;
}

/** A command with its body, for every command of a map. */
export type SendingOf<Commands extends CommandMap> = {
  [Name in keyof Commands & string]: Commands[Name] extends CommandDefinition<
    infer Input,
    infer _Data,
    infer _Facts,
    infer _Claim
  >
    ? { readonly command: Name; readonly data: Input; readonly ref?: string }
    : never;
}[keyof Commands & string];

/**
 * The action by which a policy sends a command: `{ type: 'send', params: { command, data, ref } }`.
 * The engine finds it by identity; run by XState itself, as in a drawing, it does nothing.
 */
export function send(_: unknown, _sending: Sending): void {}

/**
 * The same action, its params held to the commands given.
 * @example setup({ actions: { send: sends<typeof commands>() } })
 */
export function sends<Commands extends CommandMap>(): (
  _: unknown,
  sending: SendingOf<Commands>,
) => void {
  return send;
}
