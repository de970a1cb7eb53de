import { describe, expect, it } from 'vitest';
import { following } from '../../machines/account/collections.ts';
import { accountCleanup } from '../../machines/policies/account-cleanup.ts';
import { followersModel } from '../../machines/read-models/followers.ts';
import type { PolicyFactMap, Sending } from '../../src/define/index.ts';
import { type Bare, begin, outcome, type Taken, take } from './policy-steps.ts';
import { type Intent, SocialWorld } from './social-world.ts';

type Name = Intent['type'];

/** Some accounts, and the cleanup of one of them, `ann`, stepped message by message. */
class Cleanup {
  readonly world = new SocialWorld();
  kept = begin(accountCleanup);
  /** What was asked for, message by message. */
  readonly wanted: PolicyFactMap[] = [];
  #count = 0;
  /** What the next removals come to instead of their effect. */
  fate: (sending: Sending) => 'effect' | 'command.failed' = () => 'effect';

  command(type: Name, body: Record<string, unknown>) {
    const at = ++this.#count;
    return this.world.commit({ type, body, commandId: `c${at}`, at });
  }

  register(accountId: string): void {
    this.command('RegisterAccount', { accountId, email: `${accountId}@b.c`, username: accountId });
  }

  project(): void {
    while (this.world.isBehind) this.world.project();
  }

  take(message: Bare): Taken {
    const taken = take(accountCleanup, this.kept, message, (wanted) => this.world.find(wanted));
    this.kept = taken.kept;
    this.wanted.push(taken.wanted);
    return taken;
  }

  deactivate(): Taken {
    this.command('DeactivateAccount', { accountId: 'ann' });
    const last = this.world.feed.at(-1);
    if (last?.type !== 'AccountDeactivated') throw new Error('ann was not deactivated');
    return this.take({ ...last });
  }

  /** The timer that the step before set. */
  fire({ timers }: Taken): Taken {
    const timer = timers.find(({ kind }) => kind === 'set');
    if (timer?.kind !== 'set') throw new Error('No timer was set');
    return this.take({ ...timer.event });
  }

  /** The outcomes of what a step sent; the step of the last of them. */
  deliver(sends: readonly Sending[]): Taken {
    let last: Taken | null = null;
    for (const [index, sending] of sends.entries()) {
      if (index > 0) expect(last?.sends).toEqual([]);
      last = this.take(this.#outcomeOf(sending));
    }
    if (last === null) throw new Error('Nothing was sent');
    return last;
  }

  #outcomeOf(sending: Sending): Bare {
    const fate = this.fate(sending);
    if (fate !== 'effect') return outcome(fate);
    const body = sending.data;
    if (typeof body !== 'object' || body === null) throw new Error('No body');
    const events = this.command('RemoveFollower', { ...body });
    return outcome('command.accepted', events);
  }
}

/** `ann` follows so many, and so many follow her; two more follow each other. */
function crowd(followed: number, following: number): Cleanup {
  const cleanup = new Cleanup();
  for (const name of ['ann', 'ben', 'bob']) cleanup.register(name);
  cleanup.command('FollowAccount', { followerId: 'ben', followeeId: 'bob' });
  for (let n = 0; n < Math.max(followed, following); n++) {
    cleanup.register(`acc${n}`);
    if (n < followed) {
      cleanup.command('FollowAccount', { followerId: 'ann', followeeId: `acc${n}` });
    }
    if (n < following) {
      cleanup.command('FollowAccount', { followerId: `acc${n}`, followeeId: 'ann' });
    }
  }
  return cleanup;
}

/** Goes on to the first page of followers, once everything is projected. */
function openFollowers(cleanup: Cleanup, awaiting: Taken): Taken {
  cleanup.project();
  const opening = cleanup.fire(awaiting);
  expect(opening.value).toBe('openingFollowers');
  expect(opening.timers).toContainEqual(expect.objectContaining({ kind: 'set', delayMs: 0 }));
  return cleanup.fire(opening);
}

describe('account-cleanup', () => {
  it('removes what the account follows, then who follows it, page by page', () => {
    const cleanup = crowd(250, 230);
    const pages: number[] = [];
    let step = cleanup.deactivate();
    while (step.value === 'removingFollowing') {
      pages.push(step.sends.length);
      step = cleanup.deliver(step.sends);
    }
    expect(pages).toEqual([100, 100, 50]);
    expect(step.context).toMatchObject({ removed: 250, failed: 0, awaited: 0 });
    expect(step.value).toBe('awaitingFollowers');

    step = openFollowers(cleanup, step);
    while (!step.done) {
      expect(step.value).toBe('removingFollowers');
      pages.push(step.sends.length);
      step = cleanup.deliver(step.sends);
    }
    expect(pages).toEqual([100, 100, 50, 100, 100, 30]);
    expect(step.context).toMatchObject({ removed: 480, failed: 0, awaited: 0 });
    expect(cleanup.world.pairs(following)).toEqual(['ben bob']);
    cleanup.project();
    expect(cleanup.world.pairs(followersModel)).toEqual(['bob ben']);
    const removals = cleanup.world.feed.filter(({ type }) => type === 'FollowRemoved');
    expect(removals).toHaveLength(480);
    for (const { data } of removals) expect(data).toMatchObject({ reason: 'account_deactivated' });
  });

  it('reads a page at the last outcome of the one before, and nothing at the others', () => {
    const cleanup = crowd(101, 0);
    const step = cleanup.deactivate();
    cleanup.deliver(step.sends);
    const [first, ...rest] = cleanup.wanted;
    expect(Object.keys(first ?? {})).toEqual(['page', 'heads']);
    expect(rest.slice(0, 99)).toEqual(Array.from({ length: 99 }, () => ({})));
    const after = { key: 'acc1', since: expect.any(String) };
    expect(rest[99]).toMatchObject({ page: { kind: 'page', id: 'ann', limit: 100, after } });
  });

  it('knows a full page to be the last without reading on', () => {
    const cleanup = crowd(100, 100);
    const awaiting = cleanup.deliver(cleanup.deactivate().sends);
    expect(awaiting.value).toBe('awaitingFollowers');
    expect(cleanup.wanted.at(-1)).toEqual({});
    const page = openFollowers(cleanup, awaiting);
    expect(cleanup.deliver(page.sends).done).toBe(true);
    expect(cleanup.wanted.at(-1)).toEqual({});
  });

  it('ends for an account that nobody follows and that follows nobody', () => {
    const cleanup = crowd(0, 0);
    const step = openFollowers(cleanup, cleanup.deactivate());
    expect([step.done, step.sends]).toEqual([true, []]);
  });

  it('reads no follower before the read model has passed the deactivation on every partition', () => {
    const cleanup = crowd(0, 1);
    let step = cleanup.deactivate();
    const heads = [cleanup.world.feed.length];
    expect(step.context).toMatchObject({ heads });
    const delays: unknown[] = [];
    for (let look = 0; look < 9; look++) {
      const set = step.timers.find(({ kind }) => kind === 'set');
      delays.push(set?.kind === 'set' && set.delayMs);
      expect(step.value).toBe('awaitingFollowers');
      step = cleanup.fire(step);
      expect(cleanup.wanted.at(-1)).toEqual({
        passed: { kind: 'passed', projection: 'followers', heads },
      });
    }
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
    // What is committed later does not hold it up.
    cleanup.project();
    cleanup.register('late');
    step = cleanup.fire(step);
    expect(step.value).toBe('openingFollowers');
    expect(step.context).toMatchObject({ heads: [] });
    expect(cleanup.fire(step).sends).toEqual([
      {
        command: 'RemoveFollower',
        data: { followerId: 'acc0', followeeId: 'ann', reason: 'account_deactivated' },
      },
    ]);
  });

  it('counts removals that fail, and goes on', () => {
    const cleanup = crowd(130, 120);
    let fate = 0;
    cleanup.fate = () => (fate++ % 10 === 9 ? 'command.failed' : 'effect');
    let step = cleanup.deactivate();
    while (step.value === 'removingFollowing') step = cleanup.deliver(step.sends);
    expect(step.context).toMatchObject({ removed: 117, failed: 13 });
    step = openFollowers(cleanup, step);
    while (!step.done) step = cleanup.deliver(step.sends);
    expect(step.context).toMatchObject({ removed: 225, failed: 25 });
    expect(cleanup.world.pairs(following)).toHaveLength(1 + 25);
  });

  it('does not count follows that others removed first', () => {
    const cleanup = crowd(3, 2);
    let step = cleanup.deactivate();
    cleanup.command('RemoveFollower', { followerId: 'ann', followeeId: 'acc1' });
    step = cleanup.deliver(step.sends);
    step = openFollowers(cleanup, step);
    cleanup.command('RemoveFollower', { followerId: 'acc0', followeeId: 'ann' });
    step = cleanup.deliver(step.sends);
    expect(step.done).toBe(true);
    expect(step.context).toMatchObject({ removed: 3, failed: 0 });
  });

  it('keeps as much whether few or many follow', () => {
    const sizeOf = ({ kept }: Cleanup) => kept.length;
    const [few, many] = [crowd(0, 2), crowd(0, 320)];
    for (const cleanup of [few, many]) openFollowers(cleanup, cleanup.deactivate());
    expect(sizeOf(many)).toBeLessThan(sizeOf(few) + 100);
  });

  it('does not take what comes late', () => {
    const cleanup = crowd(1, 1);
    const step = cleanup.deactivate();
    const again = cleanup.world.feed.at(-1);
    if (again === undefined) throw new Error('Nothing was recorded');
    expect(cleanup.take({ ...again }).handled).toBe(false);
    const awaiting = cleanup.deliver(step.sends);
    expect(cleanup.take(outcome('command.accepted')).handled).toBe(false);
    const page = openFollowers(cleanup, awaiting);
    // A look of a state that was left.
    const timer = awaiting.timers.find(({ kind }) => kind === 'set');
    if (timer?.kind === 'set') expect(cleanup.take({ ...timer.event }).handled).toBe(false);
    const done = cleanup.deliver(page.sends);
    expect(done.done).toBe(true);
    expect(cleanup.take(outcome('command.failed')).handled).toBe(false);
  });
});
