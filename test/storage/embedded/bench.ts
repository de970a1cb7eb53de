/**
 * Commits a second of the embedded store, of bare LMDB that writes and syncs the same keys in the
 * same groups, and of the memory store: `npx tsx test/storage/embedded/bench.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { Store, TurnId } from '../../../src/engine/store.ts';
import { openEmbeddedStore } from '../../../src/storage/embedded/index.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { draft, newTurn } from '../../contract/suite/draft.ts';

const IN_FLIGHT = [1, 64, 256];
const MS = 3_000;
/** Actors that one line of commits goes round. */
const ACTORS = 4;
const STATE = JSON.stringify({ status: 'active', context: 'x'.repeat(300) });
const BODY = JSON.stringify({ event: 'y'.repeat(250) });

interface Line {
  /** One commit, the `n`th of this line. */
  commit(n: number): Promise<void>;
}

function storeLine(store: Store, name: string): Line {
  const last: (TurnId | null)[] = Array.from({ length: ACTORS }, () => null);
  return {
    async commit(n) {
      const turnId = newTurn();
      const index = n % ACTORS;
      const reply = await store.commit(
        draft({ type: 'account', id: `${name}-${index}` }, turnId, last[index] ?? null, {
          state: STATE,
          records: [{ body: BODY, snapshot: null }],
          recordCount: Math.floor(n / ACTORS) + 1,
          entries: [{ collection: 'following', key: `k${n}`, at: n, value: null }],
        }),
      );
      if (reply.kind !== 'committed') throw new Error(reply.kind);
      last[index] = turnId;
    },
  };
}

/** The puts of such a commit, and nothing decided. */
function bareLines(dir: string) {
  const database = open<string, string>({
    path: dir,
    encoding: 'string',
    overlappingSync: false,
    eventTurnBatching: false,
  });
  const row = STATE + 'r'.repeat(250);
  let waiting: { puts: [string, string][]; done: () => void }[] = [];
  let isBusy = false;
  let position = 0;
  const pump = async () => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await database.batch(() => {
        for (const { puts } of group)
          for (const [key, value] of puts) void database.put(key, value);
      });
      for (const { done } of group) done();
    }
    isBusy = false;
  };
  const line = (name: string): Line => ({
    commit: (n) =>
      new Promise((done) => {
        position += 1;
        const puts: [string, string][] = [
          [`aaccount:${name}-${n % ACTORS}`, row],
          [`f${position % 64}${String(position).padStart(12, '0')}`, BODY],
          [`h${position % 64}`, String(position)],
          [`eaccount:${name}-${n % ACTORS}!following!k${n}`, String(n)],
          [
            `taccount:${name}-${n % ACTORS}!following!${String(n).padStart(9, '0')}k${n}`,
            String(n),
          ],
        ];
        waiting.push({ puts, done });
        if (isBusy) return;
        isBusy = true;
        setImmediate(() => void pump());
      }),
  });
  return { line, close: () => database.close() };
}

async function measure(title: string, line: (name: string) => Line): Promise<void> {
  for (const inFlight of IN_FLIGHT) {
    const begin = performance.now();
    const times: number[] = [];
    const run = async (each: Line) => {
      for (let n = 0; performance.now() - begin < MS; n++) {
        const sent = performance.now();
        await each.commit(n);
        times.push(performance.now() - sent);
      }
    };
    const lines = Array.from({ length: inFlight }, (_, index) => line(`${inFlight}-${index}`));
    await Promise.all(lines.map(run));
    const seconds = (performance.now() - begin) / 1_000;
    const sorted = times.toSorted((a, b) => a - b);
    const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2);
    const rate = Math.round(times.length / seconds).toLocaleString('en');
    console.log(
      `${title}, ${inFlight} in flight: ${rate} commits/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
    );
  }
}

async function withDir(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'everstate-bench-'));
  await use(dir).finally(() => rmSync(dir, { recursive: true }));
}

await withDir(async (dir) => {
  const store = await openEmbeddedStore({ dir });
  await measure('embedded', (name) => storeLine(store, name));
  await store.close();
});
await withDir(async (dir) => {
  const bare = bareLines(dir);
  await measure('bare LMDB', bare.line);
  await bare.close();
});
const memory = createMemoryStore();
await measure('memory', (name) => storeLine(memory, name));
await memory.close();
