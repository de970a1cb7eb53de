/** Desks whose history is trimmed, and what is left of what was written on them. */

import { assign } from 'xstate';
import { z } from 'zod';
import {
  type App,
  definePolicy,
  defineProjection,
  defineReadModel,
  put,
} from '../../src/define/index.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { surveyAll } from '../../src/engine/partitions.ts';
import type { Store } from '../../src/engine/store.ts';
import { deskApp, events, onWritten, stampOnce, writing } from '../support/desk/index.ts';

/** What throws until it is mended. */
export interface Broken {
  isBroken: boolean;
}

const seenModel = defineReadModel('seen', z.object({ text: z.string() }));

/** Counts the texts of every desk. */
const counting = definePolicy({
  name: 'counting',
  machine: writing.createMachine({
    id: 'counting',
    context: { text: '' },
    on: { Written: { actions: assign({ text: ({ context }) => `${context.text}|` }) } },
  }),
  on: onWritten,
  correlate: 'actor',
});
const once = definePolicy({ name: 'once', machine: stampOnce, on: onWritten });
export const former = definePolicy({ name: 'former', machine: stampOnce, on: onWritten });

/** Stamps each text once, counts those of each desk, and keeps every event in a read model. */
export function historyApp(broken: Broken = { isBroken: false }, policies = [once, counting]): App {
  const seen = defineProjection({
    name: 'seen',
    model: seenModel,
    on: { Written: events.Written, Stamped: events.Stamped },
    folds: {
      Written: ({ desk, text }, { id, occurredAt }) => {
        if (broken.isBroken && text.startsWith('bad')) throw new Error('the fold is broken');
        return [{ owner: desk, change: put(id, occurredAt, { text }) }];
      },
      Stamped: ({ desk, stamp: text }, { id, occurredAt }) => [
        { owner: desk, change: put(id, occurredAt, { text }) },
      ],
    },
  });
  return deskApp(policies, { projections: [seen] });
}

/** With a policy that later code has no more. */
export const olderApp = () => historyApp(undefined, [once, counting, former]);

/** What a desk's events were, as the read model has them: sorted, each as often as it was. */
export async function seenOn(store: Store, desk: string): Promise<string[]> {
  const collection = { actor: { type: '~seen', id: desk }, collection: 'entries' };
  const rows = await store.page(collection, { limit: 10_000, after: null });
  return rows.map(({ value }) => seenModel.value?.parse(JSON.parse(value ?? '')).text ?? '').sort();
}

/** How many texts were counted, by desk. */
export async function counted(engine: Engine): Promise<Record<string, number>> {
  const page = await engine.instances('counting', { limit: 200, cursor: null });
  const context = z.object({ text: z.string() });
  return Object.fromEntries(
    (page?.items ?? []).map((item) => [item.id, context.parse(item.context).text.length]),
  );
}

/** Head and trimmed of every partition, and the least that a subscriber has passed. */
export async function feeds(store: Store) {
  const surveys = await surveyAll(store, []);
  return surveys.map(({ head, trimmed, checkpoints }) => ({
    head,
    trimmed,
    passed: Math.min(head, ...Object.values(checkpoints)),
    checkpoints,
  }));
}
