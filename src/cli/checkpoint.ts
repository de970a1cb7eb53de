import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { tallySchema } from './tally.ts';

/**
 * How far a history has come on one server. Position and tally move together, in one write, so
 * every command is counted once however often a run is interrupted. Losing it is safe while the
 * server remembers the keys: everything is sent again and answered as before.
 */
const checkpointSchema = z.object({
  version: z.literal(1),
  history: z.string(),
  url: z.string(),
  /** Batches acknowledged, from the first on. */
  acknowledged: z.int().min(0),
  /** Batches that may have been sent: those from `acknowledged` on have no answer yet. */
  sent: z.int().min(0),
  tally: tallySchema,
  /** Milliseconds since 1970, of the last write. */
  savedAt: z.number(),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;

/** Where a checkpoint is kept. */
export interface CheckpointFile {
  readonly path: string;
  /** The last one saved; `null` where there is none that can be read. */
  load(): Promise<Checkpoint | null>;
  /** Replaces the file whole, synced to disk before it gets its name. */
  save(checkpoint: Checkpoint): Promise<void>;
  remove(): Promise<void>;
}

/** Where checkpoints are kept unless told otherwise: the user's state directory. */
export function defaultStateDir(): string {
  const { XDG_STATE_HOME } = process.env;
  return join(XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'everstate');
}

/**
 * The checkpoint of one history, cut into batches in one way, on one server.
 *
 * @param cut names the way of cutting: positions of another one mean nothing here
 */
export function checkpointFile(
  stateDir: string,
  of: { readonly history: string; readonly url: string; readonly cut: string },
): CheckpointFile {
  const identity = JSON.stringify([of.history, of.url, of.cut]);
  const name = createHash('sha256').update(identity).digest('hex').slice(0, 32);
  const path = join(stateDir, `${name}.json`);
  return {
    path,
    async load() {
      const text = await readFile(path, 'utf8').catch(() => null);
      return text === null ? null : parse(text);
    },
    async save(checkpoint) {
      await mkdir(dirname(path), { recursive: true });
      const written = `${path}.${process.pid}-${randomUUID()}`;
      const file = await open(written, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify(checkpoint));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(written, path);
    },
    remove: () => rm(path, { force: true }),
  };
}

function parse(text: string): Checkpoint | null {
  try {
    return checkpointSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
