/** What the system says of a process: CPU time and memory. Linux only; elsewhere `null`. */
import { readFileSync } from 'node:fs';

/** `USER_HZ`, which Linux fixes at 100 for all it tells programs. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that the process has taken so far, all its threads together. */
export function cpuSeconds(pid: number | undefined): number | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name before the fields is in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Bytes of memory that the process has in use, files mapped into it left out. */
export function residentBytes(pid: number | undefined): number | null {
  const status = read(`/proc/${pid}/status`);
  const found = status === null ? null : /RssAnon:\s+(\d+) kB/.exec(status);
  return found ? Number(found[1]) * 1_024 : null;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
