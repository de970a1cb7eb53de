import type { Store } from '../../engine/store.ts';
import { decideLayout } from '../kv/layout.ts';
import { KeyValueStore } from '../kv/store.ts';
import { GroupCommit } from './group-commit.ts';
import { openDisk } from './lmdb-disk.ts';
import { warningOf } from './medium.ts';

/**
 * One feed: its records lie one after another on disk, where many feeds would make each commit
 * write to a page of its own. Partitions spread work over nodes, and here is one.
 */
const PARTITIONS_DEFAULT = 1;

export interface EmbeddedStoreOptions {
  /** Made where it is not there. */
  readonly dir: string;
  /** How many partitions the store has: fixed when it is made. 1 unless given. */
  readonly partitions?: number;
  /** Told where the directory's medium cannot hold what the store promises. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Opens the store that keeps its content in a directory, in LMDB files, for one process. What it
 * answers is synced to disk before, be it a commit, a refusal or a read.
 * @throws StoreRefused when another process has it open, when it cannot be written, or when what
 * is in it is not this store's, of another layout, or of another number of partitions
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { dir } = options;
  const backing = new GroupCommit(openDisk(dir), Date.now);
  try {
    const asked = options.partitions ?? null;
    const partitions = await backing.step((reader) =>
      decideLayout(reader, asked, PARTITIONS_DEFAULT, dir),
    );
    const warning = warningOf(dir);
    if (warning !== null) options.onWarning?.(warning);
    return new KeyValueStore(backing, partitions, Date.now);
  } catch (error) {
    await backing.close();
    throw error;
  }
}
