import { describe, expect, test } from 'vitest';
import { HOUR_MS, waiting } from './waiter.ts';

describe('a delayed event', () => {
  test('comes when it is due', async () => {
    const { office } = await waiting('remind');
    await office.time.jump(HOUR_MS / 2);
    await office.idle();
    expect(await office.stamps()).toEqual(['reminder']);
    await office.time.jump(HOUR_MS);
    await office.idle();
    expect(await office.stamps()).toEqual(['reminder', 'over']);
  });

  test('does not come once it was cancelled', async () => {
    const { office } = await waiting('remind', 'quiet');
    expect(await office.rows('timer/waiter')).toBe(1);
    await office.time.jump(HOUR_MS / 2);
    await office.idle();
    expect(await office.stamps()).toEqual([]);
  });

  test('raised again under its id comes once, from then on', async () => {
    const { office } = await waiting('remind');
    await office.time.jump(HOUR_MS / 4);
    await office.write('a', 'remind');
    await office.idle();
    await office.time.jump(HOUR_MS / 4);
    await office.idle();
    expect(await office.stamps()).toEqual([]);
    await office.time.jump(HOUR_MS / 4);
    await office.idle();
    expect(await office.stamps()).toEqual(['reminder']);
  });

  test('that its state has no rule for any more is passed over', async () => {
    const { office } = await waiting('remind', 'stop');
    await office.time.jump(HOUR_MS / 2);
    await office.idle();
    expect(await office.stamps()).toEqual([]);
    expect(await office.letters()).toEqual([]);
    expect(await office.figures('waiter')).toMatchObject({ timers: 0 });
  });

  test('is gone with its instance', async () => {
    const { office } = await waiting('remind', 'end');
    expect(await office.instances('waiter')).toEqual({});
    expect(await office.rows('timer/waiter')).toBe(0);
  });
});
