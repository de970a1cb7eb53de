import { type Store, StoreRefused, StoreUnavailable } from '../../engine/store.ts';
import type { Server } from './admission.ts';
import { ClusterConnection } from './cluster.ts';
import type { Connection } from './connection.ts';
import { messageOf } from './faults.ts';
import { OPEN_MS } from './limits.ts';
import { SingleConnection } from './single.ts';
import { RedisStore } from './store.ts';

const PARTITIONS_DEFAULT = 64;

export interface RedisStoreOptions {
  /** `redis://…` or `rediss://…`; several, separated by commas, are nodes of one cluster. */
  readonly url: string;
  /** How many partitions the store has: fixed when it is made. 64 unless given. */
  readonly partitions?: number;
  /** How many replicas must have a commit before it is answered. 0 unless given. */
  readonly waitReplicas?: number;
  /** Told of what works and yet may surprise, such as a server without a log on disk. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Opens the store on a Redis server or cluster; makes it where there is none.
 * @throws StoreRefused when the server or the store on it cannot be used as it is
 * @throws StoreUnavailable when no server answers within some seconds
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const urls = parseUrls(options.url);
  const at = `Redis at ${urls.map((url) => url.host).join(', ')}`;
  const partitions = options.partitions ?? PARTITIONS_DEFAULT;
  let warned = false;
  const onServer = (server: Server) => {
    if (server.appendOnly || warned) return;
    warned = true;
    options.onWarning?.(
      `${at} runs without an append-only file: what it acknowledged is lost when it stops. ` +
        'Set appendonly yes; with appendfsync everysec it loses at most the last second or two.',
    );
  };
  const [first] = urls;
  const connection: Connection =
    urls.length > 1 || first === undefined
      ? new ClusterConnection(urls, at, partitions, onServer)
      : new SingleConnection(first.href, at, partitions, onServer);
  try {
    await connection.gate.wait(OPEN_MS);
  } catch (problem) {
    connection.close();
    if (problem instanceof StoreRefused) throw problem;
    const why = problem === null ? 'no answer' : messageOf(problem);
    throw new StoreUnavailable(
      `${at} could not be reached within ${OPEN_MS / 1000} s (${why}). ` +
        'Is it running, and is the address right?',
      'no',
      { cause: problem },
    );
  }
  const onWarning = (message: string) => options.onWarning?.(message);
  return new RedisStore(connection, partitions, options.waitReplicas ?? 0, onWarning);
}

function parseUrls(text: string): URL[] {
  const parts = text.split(',').map((part) => part.trim());
  const scheme = /^rediss?:\/\//.exec(parts[0] ?? '')?.[0] ?? 'redis://';
  return parts.map((part) => {
    const full = part.includes('://') ? part : `${scheme}${part}`;
    const url = URL.canParse(full) ? new URL(full) : null;
    if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
      // The text may hold a password, so that it is not shown.
      throw new StoreRefused(
        'The address of Redis is not of the form redis://[user:password@]host[:port], or several ' +
          'of them separated by commas.',
      );
    }
    return url;
  });
}
