import { partitionsOf } from '../partitions.ts';
import type { AuditOptions, AuditTools } from './audit.ts';

/**
 * What was brought from one partition to another stands there with the position it came from. Where
 * the source has lost that position, what takes its place would be dropped as brought already: the
 * cursor is set back. Of a read model, what was brought from what is lost is still in it.
 */
export async function auditCursors(
  { app, store, generations }: AuditTools,
  { mends, onFinding }: AuditOptions,
): Promise<void> {
  const partitions = partitionsOf(store);
  const projected = (await generations.look()).projected();
  const readModels = new Map(
    projected.map(({ subscriber, projection }) => [subscriber, projection.name]),
  );
  for (const subscriber of [...app.policies.keys(), ...readModels.keys()]) {
    const names = partitions.map((source) => `${subscriber}@${source}`);
    const found = await Promise.all(partitions.map((target) => store.cursors(target, names)));
    // Read after the cursors: a feed only grows, so that none of these is ahead of a sound one.
    const heads = await store.heads();
    for (const [target, cursors] of found.entries()) {
      for (const [source, cursor] of names.entries()) {
        const [position = 0, head = 0] = [cursors[source], heads[source]];
        if (position <= head) continue;
        if (mends) await store.rewind(target, cursor, head);
        const readModel = readModels.get(subscriber);
        const advice =
          readModel === undefined ? '' : `; rebuild the read model: everstate rebuild ${readModel}`;
        onFinding({
          rule: 'cursors-within-feeds',
          at: `${cursor} in partition ${target}`,
          what: `it stands at ${position}, and the feed it came from ends at ${head}${advice}`,
          mending: mends ? 'mended' : 'told',
        });
      }
    }
  }
}
