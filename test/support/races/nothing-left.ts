import type { App } from '../../../src/define/index.ts';
import type { Store } from '../../../src/engine/store.ts';

const KINDS = ['instance', 'outbox', 'inbox', 'queue', 'timer', 'effect', 'retry', 'again', 'dead'];

/** @throws where the policies have anything left to do, or a dead letter */
export async function expectNothingLeft(store: Store, app: App): Promise<void> {
  const tables = [...app.policies.keys()].flatMap((name) => KINDS.map((kind) => `${kind}/${name}`));
  for (let partition = 0; partition < store.partitions; partition++) {
    const survey = await store.survey(partition, tables);
    for (const [index, { rows }] of survey.tables.entries()) {
      if (rows > 0) throw new Error(`${tables[index]} of partition ${partition} has ${rows} rows`);
    }
    for (const [name, position] of Object.entries(survey.checkpoints)) {
      if (position !== survey.head) throw new Error(`${name} is at ${position} of ${survey.head}`);
    }
  }
}
