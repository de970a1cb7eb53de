/** What a query may read that is a little old. */
import { describe, expect, it } from 'vitest';
import { Recent } from '../../src/engine/recent.ts';

function withClock() {
  const clock = { now: 0 };
  return { clock, recent: new Recent({ monotonic: () => clock.now }) };
}

describe('what was read recently', () => {
  it('is given again until it is too old, by its name', async () => {
    const { clock, recent } = withClock();
    let reads = 0;
    const read = async () => ++reads;
    expect(await recent.get('a', 5_000, read)).toBe(1);
    clock.now = 5_000;
    expect(await recent.get('a', 5_000, read)).toBe(1);
    expect(await recent.get('b', 5_000, read)).toBe(2);
    clock.now = 5_001;
    expect(await recent.get('a', 5_000, read)).toBe(3);
  });

  it('is read once for all who ask meanwhile', async () => {
    const { recent } = withClock();
    let reads = 0;
    let answer: (value: string) => void = () => undefined;
    const read = () => {
      reads++;
      return new Promise<string>((resolve) => {
        answer = resolve;
      });
    };
    const asked = [recent.get('a', 10, read), recent.get('a', 10, read)];
    answer('read');
    expect(await Promise.all(asked)).toEqual(['read', 'read']);
    expect(reads).toBe(1);
  });

  it('is read anew after it could not be read', async () => {
    const { recent } = withClock();
    const failing = recent.get('a', 10, async () => {
      throw new Error('out of reach');
    });
    await expect(failing).rejects.toThrow('out of reach');
    expect(await recent.get('a', 10, async () => 'read')).toBe('read');
  });
});
