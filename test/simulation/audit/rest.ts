import { Content, type Row } from './content.ts';

/** What is left to do, by the store's content alone. */
export function leftovers(
  dump: ReadonlyMap<string, string>,
  mayStay: (row: Pick<Row, 'table'>) => boolean,
): string[] {
  const content = new Content(dump);
  const left = content.pendingAsyncs.map((id) => `the async command ${id}`);
  for (const row of content.rows) {
    const stays = mayStay(row) && !isBetween(row);
    if (!stays) left.push(`${row.table} in ${row.partition}: ${row.key} ${row.body}`);
  }
  for (const [partition, { checkpoints }] of content.work) {
    const head = content.heads.get(partition) ?? 0;
    for (const [name, position] of checkpoints) {
      if (position < head) left.push(`${name} is at ${position} of ${head} in ${partition}`);
    }
  }
  return left;
}

/** A read model that is made anew is between two: at rest there is one of each. */
function isBetween({ table, body }: Row): boolean {
  if (table !== 'projections') return false;
  return (JSON.parse(body) as { generations: unknown[] }).generations.length !== 1;
}
