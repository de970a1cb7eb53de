import { followRebuild } from './follow-rebuild.ts';
import {
  CONNECTION_OPTIONS,
  CONNECTION_OPTIONS_HELP,
  EXIT,
  parseOptions,
  serverOf,
  UsageError,
} from './options.ts';
import { projectionList, rebuildAbandoned, rebuildBegun } from './policy-answers.ts';
import { progressOn } from './progress.ts';
import { renderProjections } from './projections.ts';
import type { NoAnswer, ServerLink } from './server-link.ts';
import { stopOnSignals } from './signals.ts';

export const REBUILD_USAGE = `everstate rebuild [NAME] [options]

Has the read model of a projection made anew from the whole history, beside the one that is read, and
shows how far it is until it takes the other's place. The servers do it: it goes on when this command is
interrupted, and when they are restarted. Without NAME, shows all projections.

  --detach           begins it, and does not wait
  --abandon          gives it up: what is read stays as it is
${CONNECTION_OPTIONS_HELP}

Exit code: 0 done, 1 refused, given up or no answer, 2 usage at fault, 130 interrupted.`;

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  detach: { type: 'boolean', default: false },
  abandon: { type: 'boolean', default: false },
} as const;

/** `everstate rebuild`: returns the exit code. */
export async function rebuild(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(REBUILD_USAGE);
    return EXIT.ok;
  }
  const [name, ...more] = positionals;
  if (more.length > 0) throw new UsageError('rebuild takes one NAME');
  if (values.detach && values.abandon) throw new UsageError('--detach does not go with --abandon');
  if (name === undefined) {
    if (values.detach || values.abandon) throw new UsageError('which projection? rebuild NAME');
    return list(serverOf(values));
  }
  if (name === '') throw new UsageError('NAME is empty');
  const link = serverOf(values);
  if (values.abandon) return abandon(link, name);
  return begin(link, name, values.detach);
}

async function list(link: ServerLink): Promise<number> {
  const reply = await link.get('v1/projections', projectionList);
  if (reply.kind !== 'answered') return failed(link, reply);
  const { items } = reply.value;
  console.log(items.length === 0 ? 'No projections.' : renderProjections(items));
  return EXIT.ok;
}

async function begin(link: ServerLink, name: string, isDetached: boolean): Promise<number> {
  const seen = await link.get('v1/projections', projectionList);
  if (seen.kind !== 'answered') return failed(link, seen);
  const { items } = seen.value;
  const before = items.find((each) => each.name === name);
  if (!before) {
    const names = items.map((each) => each.name).join(', ');
    console.error(`There is no projection ${name}. ${names ? `There are: ${names}` : ''}`.trim());
    return EXIT.failed;
  }
  const reply = await link.post(pathOf(name), rebuildBegun);
  if (reply.kind !== 'answered') return saidNo(link, name, reply);
  const isNew = reply.value.status === 'started';
  console.log(
    isNew ? `The rebuild of ${name} is begun.` : `A rebuild of ${name} is under way already.`,
  );
  if (isDetached) {
    console.log(`everstate rebuild ${name} follows it, with --abandon gives it up.`);
    return EXIT.ok;
  }
  return follow(link, name, before.generation);
}

async function follow(link: ServerLink, name: string, generation: number): Promise<number> {
  const { signal, release } = stopOnSignals();
  const progress = progressOn(process.stdout);
  const end = await followRebuild(link, { name, generation }, progress, signal).finally(release);
  switch (end.kind) {
    case 'done':
      console.log(
        `${name} is rebuilt: version ${end.version} is read now, and the one before is removed.`,
      );
      return EXIT.ok;
    case 'abandoned':
      console.error(`The rebuild of ${name} was given up: what is read is what was read before.`);
      return EXIT.failed;
    case 'gone':
      console.error(`The server has no projection ${name} any more.`);
      return EXIT.failed;
    case 'interrupted':
      console.log(`The rebuild of ${name} goes on. The same command follows it again, with
--abandon it gives it up.`);
      return EXIT.interrupted;
    case 'gave-up':
    case 'refused':
      console.error(`${link.url}: ${end.why}\nThe rebuild of ${name} goes on once a server runs.`);
      return EXIT.failed;
  }
}

async function abandon(link: ServerLink, name: string): Promise<number> {
  const reply = await link.post(`${pathOf(name)}/abandon`, rebuildAbandoned);
  if (reply.kind !== 'answered') return saidNo(link, name, reply);
  if (reply.value.status === 'abandoned') {
    console.log(`The rebuild of ${name} is given up: what is read stays as it is.`);
    return EXIT.ok;
  }
  console.error(`No rebuild of ${name} is under way.`);
  return EXIT.failed;
}

function pathOf(name: string): string {
  return `v1/projections/${encodeURIComponent(name)}/rebuild`;
}

/** Says why a word about one projection was not taken. */
function saidNo(link: ServerLink, name: string, reply: NoAnswer): number {
  if (reply.kind !== 'refused') return failed(link, reply);
  if (reply.status === 404) console.error(`There is no projection ${name}.`);
  else if (reply.status === 409) console.error(`${name} is not rebuilt. ${reply.detail ?? ''}`);
  else return failed(link, reply);
  return EXIT.failed;
}

function failed(link: ServerLink, { why }: NoAnswer): number {
  console.error(`${link.url}: ${why}`);
  return EXIT.failed;
}
