import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { StoreRefused, StoreUnavailable } from '../../engine/store.ts';
import type { Range, Reader, Write } from '../kv/backing.ts';
import { faultOf } from './data-file.ts';
import type { Disk } from './group-commit.ts';
import { claimAmongProcesses, claimWithinProcess } from './ownership.ts';

const DATA_FILE = 'data.mdb';
const LOCK_FILE = 'lock.mdb';
/** A key that is never written. */
const ABSENT = ' ';

/**
 * Opens the LMDB files of a directory, made where it is not there.
 * @throws StoreRefused when the directory cannot be used
 */
export function openDisk(path: string): Disk {
  const dir = prepare(path);
  const release = claimWithinProcess(dir);
  let database: RootDatabase<string, string> | undefined;
  try {
    const fault = faultOf(join(dir, DATA_FILE));
    if (fault !== null) throw new StoreRefused(`${join(dir, DATA_FILE)} cannot be read: ${fault}.`);
    database = openDatabase(dir);
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

function openDatabase(dir: string): RootDatabase<string, string> {
  return open<string, string>({
    path: dir,
    // Else a dot in its name would make it a file.
    noSubdir: false,
    encoding: 'string',
    // Each transaction is synced before it is done and before a reader can see it: what is read is durable.
    overlappingSync: false,
    // Each write is a batch of its own already.
    eventTurnBatching: false,
  });
}

/** Makes the directory. It opens no file: closing LMDB's lock file would give up this process's locks. */
function prepare(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    const dir = realpathSync(path);
    for (const file of ['', DATA_FILE, LOCK_FILE]) {
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
      await this.#transact(writes);
    } catch (error) {
      const cause = await reasonOf(error);
      await this.#provedUsable();
      throw new StoreUnavailable(messageOf(cause), 'no', { cause });
    }
  }

  #transact(writes: Iterable<Write>): Promise<boolean> {
    return this.database.batch(() => {
      for (const [key, value] of writes) {
        if (value === null) void this.database.remove(key);
        else void this.database.put(key, value);
      }
    });
  }

  /**
   * After a failed transaction: ends, either way, only if the next one could begin. LMDB begins none once
   * the page that makes a transaction valid could not be written. So where this ends, that page
   * was not reached, and nothing of the failed transaction took effect.
   */
  async #provedUsable(): Promise<void> {
    try {
      await this.#transact([[ABSENT, null]]);
    } catch (error) {
      await reasonOf(error);
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
