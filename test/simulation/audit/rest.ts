/** What is left to do, by the store's content alone. */
export function leftovers(content: ReadonlyMap<string, string>): string[] {
  const left: string[] = [];
  const heads = new Map<string, number>();
  for (const [key, value] of content)
    if (key.startsWith('h')) heads.set(key.slice(1), Number(value));
  for (const [key, value] of content) {
    if (key.startsWith('w')) left.push(`the async command ${value}`);
    if (!key.startsWith('b')) continue;
    const table = /^b(..)t(.*?)!([kno])/s.exec(key);
    if (table) {
      if (table[3] === 'k' && !isSettled(table[2], value))
        left.push(`${table[2]} in ${table[1]}: ${value}`);
      continue;
    }
    if (key.length > 3) continue;
    const partition = key.slice(1);
    const [, , , checkpoints] = JSON.parse(value) as [
      unknown,
      unknown,
      unknown,
      [string, number][],
    ];
    for (const [name, position] of checkpoints) {
      const head = heads.get(partition) ?? 0;
      if (position < head) left.push(`${name} is at ${position} of ${head} in ${partition}`);
    }
  }
  return left;
}

/** Which read models there are is written down for ever; at rest there is one of each. */
function isSettled(table: string | undefined, stored: string): boolean {
  if (table !== 'projections') return false;
  const row = JSON.parse(stored.slice(stored.indexOf(' ') + 1)) as { generations: unknown[] };
  return row.generations.length === 1;
}
