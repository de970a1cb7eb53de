import type { WorkStore } from '../../engine/work-store.ts';
import type { Calls } from './calls.ts';
import type { Keys } from './keys.ts';
import { list, text } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

export type OwnersPage = Awaited<ReturnType<WorkStore['owners']>>;

/** About how many keys one page looks at. */
const KEYS_PER_PAGE = 1_000;

const ELSEWHERE = 0;
/** Where a scan of a server begins, and what it says at its end. */
const EDGE = '0';

/** How far the listing of a type is. */
interface Listing {
  /** Partitions whose keys were all looked through. */
  readonly done: readonly number[];
  readonly scan: Scan | null;
}

/** The scan of one server's keys. */
interface Scan {
  /** Its id, new with each of its starts; empty while slots come to it or go from it. */
  readonly server: string;
  /** The partitions that lay on it when the scan began. */
  readonly partitions: readonly number[];
  /** Where to look next; `null`: all were looked through. */
  readonly cursor: string | null;
  /**
   * What was found and is not given yet. It is not looked for again: where keys went meanwhile, the
   * same cursor comes further, and what is new then could not be told from what was given.
   */
  readonly found: readonly string[];
}

/**
 * The actors of a type, those too of which no more is known than that they were refused or fenced,
 * from the keys of all servers, one server after another. A partition is done
 * where it lay on one server from the beginning of a scan of that to its end. Otherwise, as when a
 * server fails or a cluster gives slots to others, it is looked through once more.
 */
export class Owners {
  constructor(
    private readonly calls: Calls,
    private readonly keys: Keys,
  ) {}

  async page(type: string, cursor: string | null, limit: number): Promise<OwnersPage> {
    const listing: Listing = cursor === null ? { done: [], scan: null } : JSON.parse(cursor);
    const { done } = listing;
    const scan = listing.scan ?? (await this.#begin(done));
    const looked = scan.found.length > 0 ? scan : await this.#look(type, scan);
    if (looked === null) return { ids: [], next: JSON.stringify({ done, scan: null }) };
    const ids = looked.found.slice(0, limit);
    const next = await this.#next(done, { ...looked, found: looked.found.slice(limit) });
    return { ids, next: next === null ? null : JSON.stringify(next) };
  }

  async #next(done: readonly number[], scan: Scan): Promise<Listing | null> {
    if (scan.found.length > 0 || scan.cursor !== null) return { done, scan };
    const now = [...done, ...(await this.#still(scan))];
    return now.length < this.keys.partitions ? { done: now, scan: null } : null;
  }

  /** A scan of a server that has partitions which are not done; one that keeps its slots first. */
  async #begin(done: readonly number[]): Promise<Scan> {
    const all = Array.from({ length: this.keys.partitions }, (_, partition) => partition);
    const left = all.filter((partition) => !done.includes(partition));
    const servers = await this.#serversOf(left);
    const server = servers.find((each) => each !== '') ?? '';
    const partitions = left.filter((_, place) => servers[place] === server);
    return { server, partitions, cursor: EDGE, found: [] };
  }

  /** Those of a scan's partitions that still lie on its server. */
  async #still({ server, partitions }: Scan): Promise<readonly number[]> {
    if (server === '') return [];
    const servers = await this.#serversOf(partitions);
    return partitions.filter((_, place) => servers[place] === server);
  }

  #serversOf(partitions: readonly number[]): Promise<readonly string[]> {
    return Promise.all(
      partitions.map((partition) =>
        this.calls.script(SCRIPTS.server, 'read', [this.keys.probe(partition)], []).then(text),
      ),
    );
  }

  /** The scan after a look at its cursor; `null` where its server is not the same any more. */
  async #look(type: string, scan: Scan): Promise<Scan | null> {
    const [partition = 0] = scan.partitions;
    const values = [
      scan.server,
      scan.cursor ?? EDGE,
      this.keys.actorPattern(type),
      String(KEYS_PER_PAGE),
    ];
    const named = [this.keys.probe(partition)];
    const reply = await this.calls.script(SCRIPTS.owners, 'read', named, values);
    if (reply === ELSEWHERE) return null;
    const [next, keys] = list(reply);
    const found = list(keys).flatMap((key) => this.keys.actorId(type, text(key)) ?? []);
    return { ...scan, cursor: text(next) === EDGE ? null : text(next), found };
  }
}
