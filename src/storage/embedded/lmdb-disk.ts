import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { StoreRefused, StoreUnavailable } from '../../engine/store.ts';
import type { Range, Reader, Write } from '../kv/backing.ts';
import type { Disk } from './group-commit.ts';
import { claimAmongProcesses, claimWithinProcess } from './ownership.ts';

/** The most a store can hold. Address space, not disk: the file grows with its content. */
export const DATA_BYTES_MAX = 2 ** 40;

/**
 * Opens the LMDB files of a directory, made where it is not there.
 * @throws StoreRefused when the directory cannot be used
 */
export function openDisk(path: string, dataBytesMax = DATA_BYTES_MAX): Disk {
  const dir = prepare(path);
  const release = claimWithinProcess(dir);
  let database: RootDatabase<string, string> | undefined;
  try {
    database = openDatabase(dir, dataBytesMax);
    const opened = database;
    claimAmongProcesses(dir, {
      enter: () => opened.get('m'),
      removeDead: () => opened.readerCheck(),
      print: () => opened.readerList(),
    });
    return new LmdbDisk(opened, release);
  } catch (cause) {
    void database?.close();
    release();
    if (cause instanceof StoreRefused) throw cause;
    throw new StoreRefused(`The data in ${dir} cannot be opened: ${messageOf(cause)}.`, { cause });
  }
}

function openDatabase(dir: string, mapSize: number): RootDatabase<string, string> {
  return open<string, string>({
    path: dir,
    encoding: 'string',
    mapSize,
    // Each transaction is synced before it is done and before a reader can see it: what is read is durable.
    overlappingSync: false,
  });
}

/** Makes the directory. It opens no file: closing LMDB's lock file would give up this process's locks. */
function prepare(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    const dir = realpathSync(path);
    for (const file of ['', 'data.mdb', 'lock.mdb']) {
      const name = join(dir, file);
      if (existsSync(name)) accessSync(name, constants.R_OK | constants.W_OK);
    }
    return dir;
  } catch (cause) {
    throw new StoreRefused(`The data directory ${path} cannot be used: ${messageOf(cause)}.`, {
      cause,
    });
  }
}

class LmdbDisk implements Disk {
  constructor(
    private readonly database: RootDatabase<string, string>,
    private readonly release: () => void,
  ) {}

  readonly synced: Reader = {
    get: (key) => this.database.get(key) ?? null,
    range: (range) => this.#range(range),
  };

  async write(writes: Iterable<Write>): Promise<void> {
    try {
      await this.database.batch(() => {
        for (const [key, value] of writes) {
          if (value === null) void this.database.remove(key);
          else void this.database.put(key, value);
        }
      });
    } catch (error) {
      const cause = await reasonOf(error);
      throw new StoreUnavailable(messageOf(cause), isFull(cause) ? 'no' : 'unknown', { cause });
    }
  }

  async close(): Promise<void> {
    await this.database.close();
    this.release();
  }

  *#range({ from, before, reverse, limit }: Range): Iterable<readonly [string, string]> {
    const range = reverse
      ? { start: before, exclusiveStart: true, end: from, inclusiveEnd: true, reverse, limit }
      : { start: from, end: before, limit };
    for (const { key, value } of this.database.getRange(range)) yield [key, value];
  }
}

/** LMDB's binding rejects with an error whose `commitError` tells later why. */
async function reasonOf(error: unknown): Promise<unknown> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}

/** No room: LMDB ends the transaction before the page that would make it valid. */
function isFull(reason: unknown): boolean {
  return /MDB_MAP_FULL|No space left|quota exceeded|File too large/i.test(messageOf(reason));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
