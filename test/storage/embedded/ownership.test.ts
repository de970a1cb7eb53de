import { describe, expect, test } from 'vitest';
import { StoreRefused } from '../../../src/engine/store.ts';
import { openEmbeddedStore } from '../../../src/storage/embedded/index.ts';
import { claimAmongProcesses, type ReaderTable } from '../../../src/storage/embedded/ownership.ts';
import { closing, newDir, StoreProcess, writeOne } from './support.ts';

/** A table of readers with such pids before this process has entered it, and beside it then. */
function tableOf(before: readonly number[], beside: readonly number[]): ReaderTable {
  let here: readonly number[] = before;
  return {
    enter: () => {
      here = [process.pid, ...beside];
    },
    removeDead: () => {},
    print: () =>
      here.length === 0
        ? '(no active readers)\n'
        : `    pid     thread     txnid\n${here.map((pid) => `${pid} 7f3a08 -\n`).join('')}`,
  };
}

describe('the table of readers', () => {
  test('lets a process in that is alone', () => {
    claimAmongProcesses('/data', tableOf([], []));
  });

  test('shows who was there before, also under this process’s own id in another container', () => {
    for (const pid of [process.pid + 1, process.pid]) {
      expect(() => claimAmongProcesses('/data', tableOf([pid], []))).toThrow(`(pid ${pid})`);
    }
  });

  test('shows who came at the same moment', () => {
    const other = process.pid + 1;
    expect(() => claimAmongProcesses('/data', tableOf([], [other, other]))).toThrow(
      `another process (pid ${other}) has it open`,
    );
  });
});

describe('a data directory', () => {
  test('serves one process at a time', async () => {
    const dir = newDir();
    const owner = StoreProcess.start(dir, 'hold');
    expect(await owner.line()).toBe('open');
    const second = openEmbeddedStore({ dir });
    await expect(second).rejects.toThrow(StoreRefused);
    await expect(second).rejects.toThrow(`another process (pid ${owner.child.pid}) has it open`);
    owner.go();
    expect(await owner.line()).toBe('closed');
    await owner.line();
    await writeOne(closing(await openEmbeddedStore({ dir })));
  });

  test('stays its owner’s though others were refused', async () => {
    const dir = newDir();
    const store = closing(await openEmbeddedStore({ dir }));
    for (let n = 0; n < 3; n++) {
      const other = StoreProcess.start(dir, 'hold');
      expect(await other.line()).toMatch(/^StoreRefused: .*has it open/);
    }
    await writeOne(store);
  });

  test('serves one store of a process at a time, and stays locked against other processes', async () => {
    const dir = newDir();
    const store = closing(await openEmbeddedStore({ dir }));
    await expect(openEmbeddedStore({ dir })).rejects.toThrow('this process already has it open');
    await expect(openEmbeddedStore({ dir: `${dir}/.` })).rejects.toThrow(StoreRefused);
    const other = StoreProcess.start(dir, 'hold');
    expect(await other.line()).toMatch(/^StoreRefused/);
    await store.close();
    await writeOne(closing(await openEmbeddedStore({ dir })));
  });

  test('is free after its owner was killed, and has all that was acknowledged', async () => {
    const dir = newDir();
    const owner = StoreProcess.start(dir, 'commit');
    expect(await owner.line()).toBe('open');
    for (let n = 1; n <= 50; n++) expect(await owner.line()).toBe(`committed ${n}`);
    await owner.kill();
    let last = 50;
    for (let line = await owner.line(); line !== null; line = await owner.line()) {
      last = Number(line.split(' ')[1]);
    }
    const store = closing(await openEmbeddedStore({ dir }));
    const { records } = await store.trail({ type: 'account', id: 'ann' }, null, 1_000_000);
    expect(records.length).toBeGreaterThanOrEqual(last);
    expect(records.length).toBeLessThanOrEqual(last + 1);
  });

  test('wanted by several processes at once goes to one at most, and to the next that asks', async () => {
    const dir = newDir();
    const all = Array.from({ length: 4 }, () => StoreProcess.start(dir, 'hold'));
    const lines = await Promise.all(all.map((one) => one.line()));
    expect(lines.filter((line) => line === 'open').length).toBeLessThanOrEqual(1);
    for (const line of lines) expect(line).toMatch(/^open$|^StoreRefused: .*has it open/);
    await Promise.all(all.map((one) => one.kill()));
    await writeOne(closing(await openEmbeddedStore({ dir })));
  });
});
