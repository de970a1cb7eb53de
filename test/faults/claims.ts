import type { Client } from './client.ts';
import type { Attempt } from './keyed-load.ts';
import { replyOf, trailOf } from './ledger.ts';
import { registration } from './load.ts';

/** A kind of value that one account holds alone, and the refusal that says so. */
const KINDS = [
  ['email', 'Email already registered'],
  ['username', 'Username already taken'],
] as const;

/**
 * What is wrong with who holds what, once all is quiet: no value has two holders, none was refused
 * that nobody holds, and all that nobody holds can be registered at the first try.
 */
export async function judgeClaims(
  client: Client,
  url: string,
  attempts: readonly Attempt[],
): Promise<{ faults: string[]; held: number; free: number }> {
  const faults: string[] = [];
  const registered = new Set<string>();
  for (const { account } of attempts) {
    const trail = await trailOf(client, url, account);
    if (trail.some(({ type }) => type === 'AccountRegistered')) registered.add(account);
  }
  let held = 0;
  let free = 0;
  for (const [kind, refusal] of KINDS) {
    for (const value of new Set(attempts.map((attempt) => attempt[kind]))) {
      const wanting = attempts.filter((attempt) => attempt[kind] === value);
      const holders = wanting.filter(({ account }) => registered.has(account));
      const names = holders.map(({ account }) => account).join(', ');
      if (holders.length > 1) faults.push(`${kind} ${value} has the holders ${names}`);
      if (holders.length > 0) {
        held += 1;
        continue;
      }
      free += 1;
      const refused = wanting.find(({ answer }) => answer && replyOf(answer).detail === refusal);
      if (refused) faults.push(`${kind} ${value}: ${refused.account} was refused it for nobody`);
      const late = `late_${kind}_${value}`;
      const email = kind === 'email' ? value : late;
      const { type, body } = registration(late, email, kind === 'email' ? late : value);
      const answer = await client.command(url, type, body);
      if (answer.status !== 200) faults.push(`${kind} ${value} is nobody's: ${answer.text}`);
    }
  }
  return { faults, held, free };
}
