import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { app } from '../../machines/index.ts';
import { LatestCommands, QUANTILE_ERROR } from '../../src/http/latest-commands.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { Meters } from '../../src/http/meters.ts';
import { SEED } from '../faults/seed.ts';
import { accepted, failed } from './fake-engine.ts';

describe('what commands took of late', () => {
  let now: number;
  let latest: LatestCommands;
  beforeEach(() => {
    now = 5_000_000;
    latest = new LatestCommands(() => now);
  });

  it('is told by type, the most frequent first, with what became of them', () => {
    latest.add('Rare', 'failed', 3);
    for (let count = 0; count < 6; count++) latest.add('Often', 'accepted', 2);
    for (let count = 0; count < 3; count++) latest.add('Often', 'rejected', 2);
    now += 3_000;
    expect(latest.seconds).toBe(3);
    expect(latest.figures()).toMatchObject([
      { command: 'Often', perSecond: 3, accepted: 6, rejected: 3, failed: 0 },
      { command: 'Rare', accepted: 0, rejected: 0, failed: 1 },
    ]);
  });

  it('is forgotten after a minute', () => {
    latest.add('Old', 'accepted', 2);
    now += 30_000;
    latest.add('New', 'accepted', 2);
    now += 29_900;
    expect(latest.figures().map(({ command }) => command)).toEqual(['New', 'Old']);
    now += 100;
    expect(latest.figures().map(({ command }) => command)).toEqual(['New']);
    expect(latest.seconds).toBeCloseTo(59);
    now += 60_000;
    expect(latest.figures()).toEqual([]);
    latest.add('New', 'accepted', 2);
    expect(latest.figures()[0]?.perSecond).toBeCloseTo(1 / 59);
  });

  it('has its quantiles as near as it says, whatever commands took', () => {
    const times = fc.array(fc.double({ min: 0.1, max: 60_000, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(times, (all) => {
        const commands = new LatestCommands(() => now);
        for (const ms of all) commands.add('Any', 'accepted', ms);
        const sorted = all.toSorted((a, b) => a - b);
        const [found] = commands.figures();
        for (const [part, told = 0] of [
          [0.5, found?.p50Ms],
          [0.99, found?.p99Ms],
        ] as const) {
          const real = sorted[Math.ceil(sorted.length * part) - 1] ?? 0;
          expect(Math.abs(told - real) / real).toBeLessThanOrEqual(QUANTILE_ERROR + 1e-9);
        }
      }),
      { seed: SEED },
    );
    expect(QUANTILE_ERROR).toBeLessThan(0.05);
  });

  it('takes what is beyond all bounds for the last that it tells apart', () => {
    latest.add('Slow', 'failed', 1e9);
    latest.add('Quick', 'accepted', 0);
    const [quick, slow] = latest.figures().toSorted((a, b) => a.p50Ms - b.p50Ms);
    expect(quick?.p50Ms).toBe(0.05);
    expect(slow?.p50Ms).toBeGreaterThan(60_000);
  });
});

describe('a node', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('counts what commands take while somebody looks, and for a while after the last', () => {
    const add = vi.spyOn(LatestCommands.prototype, 'add');
    const meters = new Meters(app);
    const decide = () => meters.decided('FollowAccount', accepted(), meters.now());
    decide();
    expect(add).not.toHaveBeenCalled();
    expect(meters.latest().figures()).toEqual([]);
    decide();
    meters.decided('FollowAccount', failed({ code: 'unavailable' }), meters.now());
    vi.advanceTimersByTime(HTTP_LIMITS.latestKeptMs - 1);
    expect(meters.latest().figures()).toMatchObject([
      { command: 'FollowAccount', accepted: 1, rejected: 0, failed: 1 },
    ]);
    vi.advanceTimersByTime(HTTP_LIMITS.latestKeptMs);
    decide();
    expect(add).toHaveBeenCalledTimes(2);
    expect(meters.latest().figures()).toEqual([]);
    add.mockRestore();
  });
});
