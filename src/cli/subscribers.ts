import { z } from 'zod';
import {
  CONNECTION_OPTIONS,
  CONNECTION_OPTIONS_HELP,
  EXIT,
  parseOptions,
  serverOf,
  UsageError,
} from './options.ts';
import type { ServerLink } from './server-link.ts';
import { number, renderTable } from './table.ts';

export const SUBSCRIBERS_USAGE = `everstate subscribers [options]
everstate subscribers remove NAME [options]

Shows all whom the feed is kept for: policies, projections, and those that are gone, which the app
has no more. What one of them has not passed is never trimmed. One that is gone can be removed.

${CONNECTION_OPTIONS_HELP}`;

const subscriberList = z.object({
  items: z.array(z.object({ name: z.string(), kind: z.string(), lag: z.int().min(0) })),
});
const removed = z.object({ status: z.literal('removed') });

/** `everstate subscribers`: returns the exit code. */
export async function subscribers(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, CONNECTION_OPTIONS);
  if (values.help) {
    console.log(SUBSCRIBERS_USAGE);
    return EXIT.ok;
  }
  const [how, name, ...more] = positionals;
  if (how === undefined) return list(serverOf(values));
  if (how !== 'remove') throw new UsageError(`subscribers cannot ${how}`);
  if (name === undefined || more.length > 0) throw new UsageError('remove takes one NAME');
  return remove(serverOf(values), name);
}

async function list(link: ServerLink): Promise<number> {
  const reply = await link.get('v1/subscribers', subscriberList);
  if (reply.kind !== 'answered') {
    console.error(`${link.url}: ${reply.why}`);
    return EXIT.failed;
  }
  const { items } = reply.value;
  const rows = items.map(({ name, kind, lag }) => [name, kind, number(lag)]);
  const head = ['subscriber', 'kind', 'lag'];
  console.log(items.length === 0 ? 'No subscribers.' : renderTable([head, ...rows], [0, 1]));
  return EXIT.ok;
}

async function remove(link: ServerLink, name: string): Promise<number> {
  const reply = await link.post(`v1/subscribers/${encodeURIComponent(name)}/remove`, removed);
  if (reply.kind === 'answered') {
    console.log('It is removed: nothing is kept for it any more.');
    return EXIT.ok;
  }
  const isRefused = reply.kind === 'refused';
  if (isRefused && reply.status === 404) console.error(`There is no subscriber ${name}.`);
  else if (isRefused && reply.status === 409) console.error(`The app has ${name}: it stays.`);
  else console.error(`${link.url}: ${reply.why}`);
  return EXIT.failed;
}
