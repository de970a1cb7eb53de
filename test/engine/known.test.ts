/** What a node goes by without a look at the store each time. */
import { describe, expect, it } from 'vitest';
import { Known } from '../../src/engine/known.ts';

const AGE_MS_MAX = 1_000;
/** Longer than this it does not serve on. */
const SERVES_MS_MAX = 10_000;

class OutOfReach extends Error {}

/** Readings are answered by hand, in any order. */
function readings() {
  const clock = { now: 0 };
  const open: { answer(value: string): void; fail(error: Error): void }[] = [];
  const known = new Known({
    read: () =>
      new Promise<string>((answer, fail) => {
        open.push({ answer, fail });
      }),
    runtime: { monotonic: () => clock.now },
    ageMsMax: AGE_MS_MAX,
    servesOn: (error, ageMs) => error instanceof OutOfReach && ageMs <= SERVES_MS_MAX,
  });
  const learn = async (value: string) => {
    const looked = known.look();
    open.at(-1)?.answer(value);
    await looked;
  };
  return { clock, open, known, learn };
}

describe('what is known', () => {
  it('is gone by until it is too old, and then read anew', async () => {
    const { clock, open, known, learn } = readings();
    await learn('first');
    clock.now = AGE_MS_MAX;
    expect(await known.get()).toBe('first');
    expect(open).toHaveLength(1);
    clock.now++;
    const later = known.get();
    open[1]?.answer('second');
    expect(await later).toBe('second');
    expect(await known.get()).toBe('second');
    expect(open).toHaveLength(2);
  });

  it('is as old as the question, not as the answer', async () => {
    const { clock, open, known } = readings();
    const asked = known.get();
    clock.now = AGE_MS_MAX + 1;
    open[0]?.answer('old already');
    expect(await asked).toBe('old already');
    const later = known.get();
    open[1]?.answer('new');
    expect(await later).toBe('new');
  });

  it('is read once for all who ask meanwhile', async () => {
    const { open, known } = readings();
    const asked = [known.get(), known.get()];
    open[0]?.answer('read');
    expect(await Promise.all(asked)).toEqual(['read', 'read']);
    expect(open).toHaveLength(1);
  });

  it('is looked at each time that one asks how it is now', async () => {
    const { open, known, learn } = readings();
    await learn('first');
    await learn('second');
    expect(open).toHaveLength(2);
    expect(await known.get()).toBe('second');
  });

  it('is not taken back by a slow answer to an older question', async () => {
    const { clock, open, known, learn } = readings();
    const slow = known.look();
    clock.now = 1;
    await learn('new');
    open[0]?.answer('old');
    expect(await slow).toBe('old');
    expect(await known.get()).toBe('new');
  });

  it('serves on where it can not be read anew, for so long and for such a reason', async () => {
    const { clock, open, known, learn } = readings();
    await learn('known');
    const failing = async (at: number, error: Error) => {
      clock.now = at;
      const asked = known.get();
      open.at(-1)?.fail(error);
      return asked;
    };
    expect(await failing(SERVES_MS_MAX, new OutOfReach())).toBe('known');
    await expect(failing(SERVES_MS_MAX, new Error('broken'))).rejects.toThrow('broken');
    await expect(failing(SERVES_MS_MAX + 1, new OutOfReach())).rejects.toThrow(OutOfReach);
  });

  it('is asked for anew after the first reading failed', async () => {
    const { open, known } = readings();
    const first = known.get();
    open[0]?.fail(new OutOfReach());
    await expect(first).rejects.toThrow(OutOfReach);
    const second = known.get();
    open[1]?.answer('read');
    expect(await second).toBe('read');
  });
});
