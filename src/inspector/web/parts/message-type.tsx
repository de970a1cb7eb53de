import { messageName } from '../words.ts';

/** The type of a message, a command or an effect; as the machine has it, in its title. */
export function MessageType({ type }: { readonly type: string }) {
  const name = messageName(type);
  return <code title={name === type ? undefined : type}>{name}</code>;
}
