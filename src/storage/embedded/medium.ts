import { statfsSync } from 'node:fs';

/** File systems, by the number Linux gives them, that syncing does not make durable or LMDB not safe on. */
const WEAK = new Map([
  [0x01021994, 'lies in memory (tmpfs): nothing of it survives a restart of the machine'],
  [0x858458f6, 'lies in memory (ramfs): nothing of it survives a restart of the machine'],
  [0x6969, 'lies on a network file system (NFS), on which LMDB can lose or damage data'],
  [0xff534d42, 'lies on a network file system (CIFS), on which LMDB can lose or damage data'],
  [0xfe534d42, 'lies on a network file system (SMB), on which LMDB can lose or damage data'],
]);

/** What to know about where a directory lies; `null` where nothing speaks against it. */
export function warningOf(dir: string): string | null {
  const reason = WEAK.get(statfsSync(dir).type >>> 0);
  return reason === undefined ? null : `The data directory ${dir} ${reason}.`;
}
