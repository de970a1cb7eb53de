/** What of a call, and of its answer, a trace says. */
import type { Method } from '../../support/faulty-store.ts';

const SHOWN = ['partition', 'actor', 'turnId', 'stepId', 'cursor', 'head', 'kind', 'position'];

/** What a call is about. */
export function aboutCall(_method: Method, args: readonly unknown[]): string {
  return args.map(shown).join(' ');
}

/** What an answer says. */
export function aboutReply(reply: unknown): string {
  return reply === undefined ? '' : `→ ${shown(reply)}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `${value.slice(0, 60)}…` : value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.length}]`;
  const parts: string[] = [];
  for (const name of SHOWN) {
    const member: unknown = Reflect.get(value, name);
    if (member === undefined || member === null) continue;
    if (typeof member !== 'object') parts.push(`${name}=${String(member)}`);
    else if ('id' in member) parts.push(String(member.id));
  }
  return parts.join(' ');
}
