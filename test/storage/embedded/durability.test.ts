import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEmbeddedStore } from '../../../src/storage/embedded/index.ts';
import { act, newActor, rowOf } from '../../contract/suite/draft.ts';
import { closing, newDir, StoreProcess } from './support.ts';

const COMMITS = 20;
/** The two pages at the beginning of the file: what they name is what a reader sees. */
const META_BYTES = 8_192;
const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** What a traced process did, each when it was done: wrote data, synced it, wrote the page that makes it valid, answered. */
function steps(trace: string, dataFile: string): string[] {
  const done: string[] = [];
  /** File descriptor → whether a write to it ends when it is synced. */
  const files = new Map<string, boolean>();
  const unfinished = new Map<string, string>();
  const stepOf = (call: string): string | undefined => {
    const [, name = '', file = ''] = /^(\w+)\((\d+)/.exec(call) ?? [];
    if (name === 'write' && /^write\(1, "committed/.test(call)) return 'answer';
    const isSynced = files.get(file);
    if (isSynced === undefined) return undefined;
    if (name === 'fdatasync' || name === 'fsync') return 'sync';
    if (isSynced) return 'valid';
    const [, offset] = /, (\d+)\)?(?: = .*| <unfinished \.\.\.>)?$/.exec(call) ?? [];
    return name === 'pwrite64' && Number(offset) < META_BYTES ? 'shown' : 'data';
  };
  for (const line of trace.split('\n')) {
    const [, thread = '', call = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const opened = /^openat\([^,]+, "([^"]+)", ([A-Z_|]+).*= (\d+)$/.exec(call);
    if (opened?.[1] === dataFile) files.set(opened[3] ?? '', /O_D?SYNC/.test(opened[2] ?? ''));
    const resumed = /^<\.\.\. \w+ resumed>/.test(call);
    const step = resumed ? unfinished.get(thread) : stepOf(call);
    unfinished.delete(thread);
    if (step === undefined) continue;
    if (call.endsWith('<unfinished ...>')) unfinished.set(thread, step);
    else done.push(step);
  }
  return done;
}

describe('an acknowledged commit', () => {
  test.skipIf(!hasStrace)(
    'was synced before: data, sync, page that makes it valid, answer',
    async () => {
      // Skipped only where there is no strace. That no answer leaves before the disk says that it has
      // synced is tested everywhere; this looks at what the disk says it on.
      const dir = newDir();
      const trace = join(newDir(), 'trace');
      const calls = 'openat,pwrite64,pwritev,write,writev,fdatasync,fsync';
      const traced = [
        'strace',
        '-f',
        '-qq',
        '-e',
        `trace=${calls}`,
        '-e',
        'signal=none',
        '-o',
        trace,
      ];
      const committing = StoreProcess.start(dir, 'commit', traced);
      expect(await committing.line()).toBe('open');
      for (let n = 1; n <= COMMITS; n++) expect(await committing.line()).toBe(`committed ${n}`);
      await committing.kill();

      const seen = steps(readFileSync(trace, 'utf8'), join(realpathSync(dir), 'data.mdb'));
      const commits = seen.join(' ').split('answer').slice(1, COMMITS);
      expect(commits).toHaveLength(COMMITS - 1);
      for (const commit of commits) expect(commit.trim()).toMatch(/^(data )+sync valid$/);
    },
  );
});

describe('a full disk', () => {
  test('is told as nothing done, what fits goes on, and with room all does', async () => {
    const dir = newDir();
    // The size that a file may have stands for the disk's: 4 MiB.
    const limited = ['sh', '-c', 'ulimit -S -f 8192 && exec "$@"', 'sh'];
    const filling = StoreProcess.start(dir, 'fill', limited);
    expect(await filling.line()).toBe('open');
    const [, written, applied] = (await filling.line())?.split(' ') ?? [];
    expect(Number(written)).toBeGreaterThan(5);
    expect(applied).toBe('no');
    expect(await filling.line()).toBe('what fits goes on');
    filling.go();
    expect(await filling.line()).toBe('closed');
    await filling.line();

    const store = closing(await openEmbeddedStore({ dir }));
    for (let n = 0; n < Number(written); n++) {
      expect((await rowOf(store, { type: 'account', id: `big${n}` })).state).toHaveLength(100_002);
    }
    expect((await rowOf(store, { type: 'account', id: `big${written}` })).lastTurn).toBeNull();
    await act(store, newActor(), { state: JSON.stringify('x'.repeat(200_000)) });
  });
});
