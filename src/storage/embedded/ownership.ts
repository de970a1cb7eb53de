/**
 * One process has a store. LMDB keeps a table of readers beside the data; who is in it holds a
 * kernel lock on the byte of its process id, which ends with the process however it ends. A
 * store's process is in that table from its opening to its close. So: enter first, look then.
 * Of two that open at once at least one sees the other, and a process killed leaves nothing that
 * refuses the next. It holds between containers that share a directory, too, since the locks are
 * the kernel's.
 */
import { StoreRefused } from '../../engine/store.ts';

/** LMDB's table of readers, and the way into it. */
export interface ReaderTable {
  /** Enters this process. */
  enter(): void;
  /** Removes those that are dead. */
  removeDead(): void;
  /** As LMDB prints it. */
  print(): string;
}

/**
 * Opening a directory twice in one process would close a file of the first opening, and with it,
 * by POSIX's rule, all kernel locks of the process on that file.
 */
const openHere = new Set<string>();

/** @param dir as the file system names it: resolved, without links */
export function claimWithinProcess(dir: string): () => void {
  if (openHere.has(dir)) throw refused(dir, 'this process already has it open');
  openHere.add(dir);
  return () => openHere.delete(dir);
}

/** @throws StoreRefused when another process has the directory open */
export function claimAmongProcesses(dir: string, table: ReaderTable): void {
  table.removeDead();
  // LMDB empties the table when the first process opens it. Who is there now, even under this
  // process's own id, which is another's in another container, is there beside this process.
  const before = readPids(table.print());
  if (before.length > 0) throw refused(dir, others(before));
  table.enter();
  table.removeDead();
  const beside = readPids(table.print()).filter((pid) => pid !== process.pid);
  if (beside.length > 0) throw refused(dir, others(beside));
}

function others(pids: readonly number[]): string {
  return `another process (pid ${[...new Set(pids)].join(', ')}) has it open`;
}

function refused(dir: string, reason: string): StoreRefused {
  return new StoreRefused(
    `The data directory ${dir} is in use: ${reason}. An embedded store serves one process; ` +
      'use Redis for several.',
  );
}

/** A line for each reader: process id, thread, transaction. */
function readPids(table: string): number[] {
  return [...table.matchAll(/^\s*(\d+)\s+[0-9a-f]+\s+(?:-|\d+)\s*$/gm)].map(([, pid]) =>
    Number(pid),
  );
}
