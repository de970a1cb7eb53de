import { StoreRefused } from '../../engine/store.ts';
import { LAYOUT, META_KEY } from './keys.ts';
import { textOrNull } from './reply.ts';

const OLDEST_MAJOR = 7;

/** Sends a command to the server under examination. */
export type Ask = (name: string, ...args: string[]) => Promise<unknown>;

/** What `INFO` says of a server, as far as it matters here. */
export interface Server {
  /** New with every start of the server. */
  readonly runId: string;
  readonly version: string;
  readonly loading: boolean;
  readonly replica: boolean;
  readonly clustered: boolean;
  readonly evicts: string | null;
  readonly appendOnly: boolean;
}

export async function serverInfo(ask: Ask): Promise<Server> {
  const fields = new Map<string, string>();
  for (const line of (textOrNull(await ask('info')) ?? '').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  return {
    runId: fields.get('run_id') ?? '',
    version: fields.get('redis_version') ?? 'unknown',
    loading: fields.get('loading') === '1' || fields.get('async_loading') === '1',
    replica: fields.get('role') === 'slave',
    clustered: fields.get('redis_mode') === 'cluster',
    evicts: policy === 'noeviction' ? null : policy,
    appendOnly: fields.get('aof_enabled') === '1',
  };
}

/**
 * @param at how the server is called in messages
 * @throws StoreRefused when no store may lie on such a server
 */
export function admitServer(at: string, server: Server): void {
  if (Number.parseInt(server.version, 10) < OLDEST_MAJOR) {
    throw new StoreRefused(
      `${at} is version ${server.version}; 7.0 or newer is needed. Upgrade it, or use another server.`,
    );
  }
  if (server.evicts !== null) {
    throw new StoreRefused(
      `${at} has maxmemory-policy "${server.evicts}": it drops data when its memory is full. ` +
        'Set the policy to noeviction, in redis.conf or by CONFIG SET maxmemory-policy noeviction.',
    );
  }
  if (server.replica) {
    throw new StoreRefused(`${at} is a read-only replica. Give the address of its primary.`);
  }
}

/**
 * Compares the store on a server with what is expected, or makes it where there is none.
 * @throws StoreRefused when it is another one
 */
export async function admitStore(at: string, ask: Ask, partitions: number): Promise<void> {
  const own = JSON.stringify({ layout: LAYOUT, partitions });
  // Read first: a server that takes no writes at the moment still answers this.
  const found =
    textOrNull(await ask('get', META_KEY)) ??
    textOrNull(await ask('set', META_KEY, own, 'NX', 'GET'));
  if (found === null || found === own) return;
  const meta = parseMeta(found);
  if (meta === null) {
    throw new StoreRefused(
      `${at} holds something else under the key ${META_KEY}. Use another server or database.`,
    );
  }
  if (meta.layout !== LAYOUT) {
    throw new StoreRefused(
      `The store on ${at} has key layout ${meta.layout}, and this version of Everstate reads and ` +
        `writes layout ${LAYOUT}. Run the version that made it, or use an empty server.`,
    );
  }
  throw new StoreRefused(
    `The store on ${at} was made with ${meta.partitions} partitions and is opened with ` +
      `${partitions}. The number is fixed for a store: open it with ${meta.partitions}, or use an ` +
      'empty server.',
  );
}

function parseMeta(found: string): { layout: number; partitions: number } | null {
  let meta: unknown;
  try {
    meta = JSON.parse(found);
  } catch {
    return null;
  }
  if (typeof meta !== 'object' || meta === null) return null;
  if (!('layout' in meta) || !('partitions' in meta)) return null;
  const { layout, partitions } = meta;
  if (typeof layout !== 'number' || typeof partitions !== 'number') return null;
  return { layout, partitions };
}
