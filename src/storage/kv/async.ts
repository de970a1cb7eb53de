import { partitionOf } from '../../engine/address.ts';
import type { AsyncCommand } from '../../engine/store.ts';
import type { Decision, Reader } from './backing.ts';
import type { Place } from './commit.ts';
import { expiring, putExpiring, readExpiring } from './expiring.ts';
import { keys, ranges } from './keys.ts';

/** The number counts the partition's async commands: it keeps the pending ones in their order. */
type StoredAsync = readonly [
  commandId: string,
  number: number,
  command: string,
  result: string | null,
];

const NEVER = 0;
const DONE: Decision<undefined>['reply'] = undefined;

/** Keeps a command, unless it is kept already. */
export function decidePut(
  reader: Reader,
  commandId: string,
  command: string,
  { partitions, now }: Place,
): Decision<undefined> {
  const key = keys.asyncCommand(commandId);
  if (readExpiring(reader.get(key), now) !== null) return { reply: DONE, writes: [] };
  const partition = partitionOf(commandId, partitions);
  const count = keys.asyncCount(partition);
  const number = Number(reader.get(count) ?? 0) + 1;
  const stored: StoredAsync = [commandId, number, command, null];
  return {
    reply: DONE,
    writes: [
      [count, String(number)],
      [key, expiring(NEVER, JSON.stringify(stored))],
      [keys.pendingAsync(partition, number), commandId],
      [keys.pendingCount(partition), String(countPending(reader, partition) + 1)],
    ],
  };
}

/** Sets the result of a kept command, which is pending no longer. */
export function decideFinish(
  reader: Reader,
  commandId: string,
  result: string,
  ttlMs: number,
  { partitions, now }: Place,
): Decision<undefined> {
  const key = keys.asyncCommand(commandId);
  const content = readExpiring(reader.get(key), now);
  if (content === null) return { reply: DONE, writes: [] };
  const [, number, command, before]: StoredAsync = JSON.parse(content);
  const partition = partitionOf(commandId, partitions);
  const pending = countPending(reader, partition) - (before === null ? 1 : 0);
  const finished: StoredAsync = [commandId, number, command, result];
  return {
    reply: DONE,
    writes: [
      [keys.pendingAsync(partition, number), null],
      [keys.pendingCount(partition), String(pending)],
      ...putExpiring(key, JSON.stringify(finished), ttlMs, now),
    ],
  };
}

export function readAsync(reader: Reader, commandId: string, now: number): AsyncCommand | null {
  const content = readExpiring(reader.get(keys.asyncCommand(commandId)), now);
  if (content === null) return null;
  const [, , command, result]: StoredAsync = JSON.parse(content);
  return { commandId, command, result };
}

/**
 * How many commands of a partition are pending. A store that was written before there was a count
 * has none until its next command, and they are counted one by one.
 */
export function countPending(reader: Reader, partition: number): number {
  const count = reader.get(keys.pendingCount(partition));
  if (count !== null) return Number(count);
  const range = {
    ...ranges.pendingAsync(partition),
    reverse: false,
    limit: Number.MAX_SAFE_INTEGER,
  };
  return [...reader.range(range)].length;
}

export function readPending(
  reader: Reader,
  partition: number,
  limit: number,
  now: number,
): AsyncCommand[] {
  const range = { ...ranges.pendingAsync(partition), reverse: false, limit };
  return [...reader.range(range)].flatMap(([, commandId]) => {
    const command = readAsync(reader, commandId, now);
    return command === null ? [] : [command];
  });
}
