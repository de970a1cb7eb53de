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
  readonly cursor: string;
  /** The last id that was given of those at the cursor, in their order. */
  readonly after: string | null;
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
    const found = await this.#look(type, scan);
    if (found === null) return { ids: [], next: JSON.stringify({ done, scan: null }) };
    const rest = found.ids.filter((id) => scan.after === null || id > scan.after).sort();
    const ids = rest.slice(0, limit);
    const next = await this.#next(done, scan, found.next, rest.length > limit ? ids : null);
    return { ids, next: next === null ? null : JSON.stringify(next) };
  }

  /** @param given the ids that were given of more; `null`: all were */
  async #next(
    done: readonly number[],
    scan: Scan,
    cursor: string,
    given: readonly string[] | null,
  ): Promise<Listing | null> {
    if (given !== null) return { done, scan: { ...scan, after: given.at(-1) ?? scan.after } };
    if (cursor !== EDGE) return { done, scan: { ...scan, cursor, after: null } };
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
    return { server, partitions, cursor: EDGE, after: null };
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

  /** The ids at a scan's cursor, and the next one; `null` where its server is not the same any more. */
  async #look(
    type: string,
    { server, partitions: [partition = 0], cursor }: Scan,
  ): Promise<{ readonly ids: readonly string[]; readonly next: string } | null> {
    const values = [server, cursor, this.keys.actorPattern(type), String(KEYS_PER_PAGE)];
    const named = [this.keys.probe(partition)];
    const reply = await this.calls.script(SCRIPTS.owners, 'read', named, values);
    if (reply === ELSEWHERE) return null;
    const [next, found] = list(reply);
    const ids = list(found).flatMap((key) => this.keys.actorId(type, text(key)) ?? []);
    return { ids, next: text(next) };
  }
}
