/** For commands that read a store themselves, beside its servers or in their place. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, type Settings, SettingsError } from '../config.ts';
import { type App, DefinitionError } from '../define/index.ts';
import { type Store, StoreRefused, StoreUnavailable } from '../engine/store.ts';
import { openStore } from '../open-store.ts';
import { EXIT, wholeNumber } from './options.ts';

export const STORE_HELP = `The store is the one that the settings of the server name (STORE, REDIS_URL, DATA_DIR, PARTITIONS).
Redis may be looked at while servers run on it; an embedded store serves one process: stop its
server, or use a copy of its directory.

  --store STORE      another store: redis://…, or the directory of an embedded one`;

const RATE_MAX = 1_000_000;
/** Between two lines of progress, in milliseconds. */
const PROGRESS_MS = 2_000;

/** Options that every such command takes. @param rate actors read in a second, unless told */
export function storedOptions(rate: number) {
  return {
    store: { type: 'string' },
    rate: { type: 'string', default: String(rate) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
}

/** How many actors are read in a second, at most. @throws UsageError */
export function actorsPerSecond({ rate }: { readonly rate: string }): number {
  return wholeNumber('rate', rate, 1, RATE_MAX);
}

/** Tells of progress on the standard error, now and then. */
export function progressLines<T>(
  now: () => number,
  render: (progress: T) => string,
): (progress: T) => void {
  let told = now();
  return (progress) => {
    if (now() - told < PROGRESS_MS) return;
    told = now();
    console.error(render(progress));
  };
}

/** The app that is served. */
export async function loadApp(): Promise<App> {
  return (await import('../../machines/index.ts')).app;
}

/** Whether an error says in words what an operator can mend. */
function isForeseen(error: unknown): error is Error {
  return [SettingsError, DefinitionError, StoreRefused, StoreUnavailable].some(
    (known) => error instanceof known,
  );
}

/** The exit code of what is done; where that is not possible, says why behind `complaint`. */
export async function orComplain(complaint: string, done: () => Promise<number>): Promise<number> {
  try {
    return await done();
  } catch (error) {
    if (!isForeseen(error)) throw error;
    console.error(`${complaint} ${error.message}`);
    return EXIT.usage;
  }
}

/**
 * Opens the store that an option names, or the settings do.
 * @throws SettingsError, StoreRefused, StoreUnavailable
 */
export function openStored(store: string | undefined): Promise<Store> {
  return openWith(settingsFor(store));
}

function settingsFor(store: string | undefined): Settings {
  if (store === undefined) return readSettings(process.env);
  const isRedis = /^rediss?:\/\//.test(store);
  const named = isRedis
    ? { STORE: 'redis', REDIS_URL: store }
    : { STORE: 'embedded', REDIS_URL: '', DATA_DIR: store };
  return readSettings({ ...process.env, ...named });
}

/** @throws StoreRefused, StoreUnavailable */
async function openWith(settings: Settings): Promise<Store> {
  const { store } = settings;
  if (store.kind === 'memory') {
    throw new StoreRefused('The memory store keeps nothing: there is nothing in it.');
  }
  if (store.kind === 'embedded' && !existsSync(join(store.dir, 'data.mdb'))) {
    throw new StoreRefused(`There is no store in the directory ${store.dir}.`);
  }
  try {
    return await openStore(settings, (message) => console.error(message));
  } catch (error) {
    if (!(error instanceof StoreRefused) || !error.message.includes('is in use')) throw error;
    throw new StoreRefused(`${error.message} Stop the server, or use a copy of the directory.`, {
      cause: error,
    });
  }
}
