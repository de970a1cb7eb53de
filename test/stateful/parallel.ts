import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { z } from 'zod';
import { trailOf } from '../faults/ledger.ts';
import { History, type SentCommand } from '../linearizability/history.ts';
import type { Asked } from './graph-model.ts';
import { asked, NAMES, registrationOf, tell } from './steps.ts';
import type { World } from './world.ts';

/** One thing that a client does: a command, or a look at how two accounts stand. */
type Move = { readonly asked: Asked; readonly how: 'sent' | 'sent with a key' | 'looked at' };

/** What clients do: first one after another, then all at once, each its own moves in their order. */
export interface Plan {
  readonly before: readonly Move[];
  readonly lanes: readonly (readonly Move[])[];
}

const move: fc.Arbitrary<Move> = fc.record({
  asked,
  how: fc.constantFrom('sent', 'sent', 'sent with a key', 'looked at'),
});

/** Plans that print in few words. */
export const plans: fc.Arbitrary<Plan> = fc
  .record({
    known: fc.subarray([...NAMES]),
    before: fc.array(move, { maxLength: 4 }),
    lanes: fc.array(fc.array(move, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 }),
  })
  .map(({ known, before, lanes }) => {
    const registrations = known.map((name): Move => ({ asked: registrationOf(name), how: 'sent' }));
    const plan: Plan = { before: [...registrations, ...before], lanes };
    return Object.assign(plan, { [fc.toStringMethod]: () => tellPlan(plan) });
  });

function tellPlan({ before, lanes }: Plan): string {
  const line = (moves: readonly Move[]) =>
    moves.map(({ asked, how }) => `${tell(asked)} ${how}`).join(' · ') || 'nothing';
  return ['', `before: ${line(before)}`, ...lanes.map((lane) => `beside: ${line(lane)}`)].join(
    '\n  ',
  );
}

/** Carries a plan out. Every way in which what came of it cannot be. */
export async function carryOut({ before, lanes }: Plan, world: World): Promise<string[]> {
  const history = new History(world.client);
  const url = () => Promise.resolve(world.url);
  const make = async ({ asked, how }: Move) => {
    const [a, b] = [world.idOf(asked.self), world.idOf(asked.other)];
    if (how === 'looked at') return history.look(url, a, b);
    const sent: SentCommand = {
      type: asked.type,
      self: a,
      other: b,
      email: `${world.idOf(asked.email)}@example.org`,
      username: world.idOf(asked.username),
      ...(how === 'sent with a key' && { key: randomUUID() }),
    };
    await history.command(url, sent);
  };
  const makeAll = async (moves: readonly Move[]) => {
    for (const each of moves) await make(each);
  };
  await makeAll(before);
  await Promise.all(lanes.map(makeAll));
  await world.idle();
  return [...(await history.judge(world.url)), ...(await atRest(world))];
}

const registered = z.object({ email: z.string(), username: z.string() });

/** What must hold when nothing is under way, whatever order things came in. */
async function atRest(world: World): Promise<string[]> {
  const faults: string[] = [];
  const held = new Set<string>();
  const states = new Map<
    string,
    { isActive: boolean; follows: Set<string>; blocks: Set<string> }
  >();
  for (const name of NAMES) {
    const state = { isActive: true, follows: new Set<string>(), blocks: new Set<string>() };
    for (const { type, data } of await trailOf(world.client, world.url, world.idOf(name))) {
      if (type === 'AccountRegistered') {
        states.set(name, state);
        const { email, username } = registered.parse(data);
        for (const claim of [email, `${username} as username`]) {
          if (held.has(claim)) faults.push(`two accounts hold ${claim}`);
          held.add(claim);
        }
      }
      const other = (id: unknown) => world.nameOf(String(id));
      if (type === 'FollowCreated') state.follows.add(other(data.followeeId));
      if (type === 'FollowRemoved') state.follows.delete(other(data.followeeId));
      if (type === 'AccountBlocked') state.blocks.add(other(data.blockedId));
      if (type === 'AccountUnblocked') state.blocks.delete(other(data.blockedId));
      if (type === 'AccountDeactivated') state.isActive = false;
    }
  }
  for (const [name, { isActive, follows, blocks }] of states) {
    for (const followee of follows) {
      const other = states.get(followee);
      if (blocks.has(followee) || other?.blocks.has(name)) {
        faults.push(`${name} follows ${followee} beside a block`);
      }
      if (!isActive || !other?.isActive)
        faults.push(`${name} follows ${followee}, one is inactive`);
    }
  }
  return faults;
}
