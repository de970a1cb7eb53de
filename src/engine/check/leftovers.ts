/** What is stored of the app as a whole: subscribers, read models, commands that are answered later. */
import { readEntry } from '../async-entry.ts';
import { firstLineage, readLineages } from '../generations/row.ts';
import { goneSubscribers } from '../subscribers.ts';
import type { CheckTools } from './tools.ts';

/** Of one partition. */
const ASYNC_MAX = 1_000;

/** Those whom the feed is kept for, and who are no part of the app. @throws StoreUnavailable */
export async function checkSubscribers({ app, store, findings }: CheckTools): Promise<void> {
  const names = { policies: [...app.policies.keys()], projections: [...app.projections.keys()] };
  for (const name of await goneSubscribers(store, names)) {
    findings.add('gone', `subscriber ${name}`, 'the app has no such policy or projection', name);
  }
}

/** Read models that another version of their projection made. @throws StoreUnavailable */
export async function checkReadModels({ app, store, findings }: CheckTools): Promise<void> {
  const lineages = await readLineages(store, [...app.projections.keys()]);
  for (const [name, { version }] of app.projections) {
    const known = lineages.get(name);
    // Nothing was written of it yet: it begins with this version.
    const { generations } = known?.lineage ?? firstLineage(version);
    const made = generations.find(({ phase }) => phase === 'active')?.version ?? version;
    if (made === version) continue;
    const detail = `made by version ${made}; this code has version ${version}`;
    findings.add(made > version ? 'newer' : 'rebuild', `projection ${name}`, detail, name);
  }
}

/** Commands that were promised an answer. @throws StoreUnavailable */
export async function checkAsync({ app, store, findings, counts }: CheckTools): Promise<void> {
  for (let partition = 0; partition < store.partitions; partition++) {
    for (const { commandId, command } of await store.pendingAsync(partition, ASYNC_MAX)) {
      counts.waiting++;
      const fault = faultOf(app, command);
      if (fault) findings.add('command', fault.about, fault.detail, commandId);
    }
  }
}

function faultOf(app: CheckTools['app'], text: string) {
  try {
    const { type, body } = readEntry(text);
    const about = `answered later: ${type}`;
    const parsed = app.commands.get(type)?.commands[type]?.clientSchema.safeParse(body);
    if (parsed === undefined) return { about, detail: 'the app has no such command' };
    return parsed.success ? null : { about, detail: 'it breaks its schema' };
  } catch {
    return { about: 'answered later', detail: 'it cannot be read' };
  }
}
