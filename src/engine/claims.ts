/**
 * Values that only one actor may hold. A claim lives in the partition of its value; what a holder
 * holds is committed beside its snapshot, and only that counts: a claim whose holder does not
 * hold it was left by a crash, or belongs to a turn that has not committed yet.
 *
 * A turn reads its actor first, then takes its claims, each under a new random token. Before it
 * takes one from another holder, that holder is fenced: one step checks that it does not hold the
 * claim and puts another turn in the place of its last one, so that no turn that began before can
 * commit. No timeout decides who owns a value; the wait before it is politeness.
 */
import type { ClaimAnswer } from '../define/index.ts';
import { type ActorState, decodeHeld } from './actor-state.ts';
import { type ActorKey, actorKey, parseActorKey } from './address.ts';
import { MachineFault } from './driver.ts';
import type { EngineLimits } from './limits.ts';
import type { Message } from './message.ts';
import type { Runtime } from './runtime.ts';
import { type Claim, type Store, StoreUnavailable, type TurnId } from './store.ts';

/** How often one claim may change hands under a turn that wants it. */
const TAKE_TRIES_MAX = 16;

/** What claims are taken with. */
export interface ClaimTools {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly limits: EngineLimits;
}

/** The claims that one turn took, over all its attempts. */
export class TurnClaims {
  /** Claim → token. Most turns claim nothing, and lay nothing out. */
  #taken: Map<string, string> | null = null;
  /** What the actor holds until the turn commits, though a message of the turn gave it up. */
  #heldBefore: Readonly<Record<string, string>> = {};

  /** To be called at every attempt, with the actor as it was read. */
  begin(state: ActorState): void {
    this.#heldBefore = state.held;
  }

  /**
   * Takes what the messages want and the actor does not hold already. To be called after the
   * actor was read, at every attempt: what was taken before may be gone.
   * @throws StoreUnavailable
   */
  async take(tools: ClaimTools, state: ActorState, messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      for (const key of Object.values(message.claims)) {
        if (Object.hasOwn(state.held, key)) continue;
        this.#taken ??= new Map();
        const token = await takeClaim(tools, actorKey(state.address), key, this.#taken.get(key));
        if (token === null) this.#taken.delete(key);
        else this.#taken.set(key, token);
      }
    }
  }

  /**
   * Looks what a turn with this message alone would get, for one that takes nothing and commits
   * nothing. To be called after the actor was read.
   * @throws StoreUnavailable
   */
  async look(
    tools: Pick<ClaimTools, 'store' | 'runtime'>,
    state: ActorState,
    message: Message,
  ): Promise<void> {
    for (const key of Object.values(message.claims)) {
      if (Object.hasOwn(state.held, key)) continue;
      if (!(await isToBeHad(tools, actorKey(state.address), key))) continue;
      this.#taken ??= new Map();
      this.#taken.set(key, tools.runtime.token());
    }
  }

  /** What the machine is told: taken also where the actor holds the value itself already. */
  answersFor(message: Message, state: ActorState): Record<string, ClaimAnswer> {
    const answers: Record<string, ClaimAnswer> = {};
    for (const name in message.claims) {
      const key = message.claims[name] ?? '';
      const isOurs = this.#taken?.has(key) === true || Object.hasOwn(this.#heldBefore, key);
      answers[name] = isOurs && !Object.hasOwn(state.held, key) ? 'granted' : 'taken';
    }
    return answers;
  }

  /**
   * The claims held after a step, with their tokens.
   * @throws MachineFault when the machine holds what nobody claimed for it
   */
  heldAfter(state: ActorState, keys: readonly string[]): Record<string, string> {
    const held: Record<string, string> = {};
    for (const key of keys) {
      const token = state.held[key] ?? this.#taken?.get(key) ?? this.#heldBefore[key];
      if (token === undefined) {
        throw new MachineFault(`the actor holds ${key} without having claimed it`);
      }
      held[key] = token;
    }
    return held;
  }

  /** Whether something was taken that the actor, as committed, does not hold. */
  hasSurplus(state: ActorState): boolean {
    for (const key of this.#taken?.keys() ?? []) if (!Object.hasOwn(state.held, key)) return true;
    return false;
  }

  /** Whether the turn took anything, or changed what the actor holds. */
  concern(before: ActorState, after: ActorState): boolean {
    return this.#taken !== null || before.held !== after.held;
  }

  /**
   * Gives back what the commit left unheld: taken in vain, or held before and no longer.
   * Only after a commit that became the actor's last turn: any turn of the same actor that took
   * the claim before then can no longer commit. What a crash leaves here blocks nobody.
   */
  async giveBack(store: Store, before: ActorState, after: ActorState): Promise<void> {
    const surplus = [...Object.entries(before.held), ...(this.#taken ?? [])].filter(
      ([key]) => !Object.hasOwn(after.held, key),
    );
    const holder = actorKey(after.address);
    await Promise.allSettled(
      surplus.map(([key, token]) => store.swapClaim(key, { holder, token }, null)),
    );
  }
}

/** Whether a message wants a value to be its actor's alone. */
export function wantsClaims(message: Message): boolean {
  for (const _ in message.claims) return true;
  return false;
}

/** The token under which `holder` now has the claim; `null` where another holds it. */
async function takeClaim(
  tools: ClaimTools,
  holder: ActorKey,
  key: string,
  earlierToken: string | undefined,
): Promise<string | null> {
  const { store, runtime } = tools;
  let expected: Claim | null = earlierToken ? { holder, token: earlierToken } : null;
  for (let tries = 0; tries < TAKE_TRIES_MAX; tries++) {
    const next = { holder, token: runtime.token() };
    const reply = await store.swapClaim(key, expected, next);
    if (reply.kind === 'swapped') return next.token;
    expected = reply.current;
    if (expected && expected.holder !== holder && (await isHeld(tools, expected.holder, key))) {
      return null;
    }
  }
  throw new StoreUnavailable(`the claim ${key} keeps changing hands`, 'no');
}

/** Whether {@link takeClaim} would get the claim as things are. Changes nothing. */
async function isToBeHad(
  { store, runtime }: Pick<ClaimTools, 'store' | 'runtime'>,
  holder: ActorKey,
  key: string,
): Promise<boolean> {
  // Nobody took it under this token: to expect it tells what there is instead.
  const none = { holder, token: runtime.token() };
  const reply = await store.swapClaim(key, none, none);
  if (reply.kind === 'swapped' || reply.current === null) return true;
  const { current } = reply;
  return current.holder === holder || !(await isHeldNow(store, current.holder, key));
}

/** Whether `holder` holds the claim; if not, none of its turns under way will come to. */
async function isHeld(tools: ClaimTools, holder: ActorKey, key: string): Promise<boolean> {
  const { store, runtime, limits } = tools;
  if (await isHeldNow(store, holder, key)) return true;
  await runtime.sleep(runtime.random() * limits.stealWaitMsMax);
  return (await store.fenceClaim(holder, key, runtime.token() as TurnId)) === 'held';
}

/** A look that changes nothing: most claims that are taken are held. */
async function isHeldNow(store: Store, holder: ActorKey, key: string): Promise<boolean> {
  const actor = parseActorKey(holder);
  const reply = await store.fetch({ pointers: [], actor, views: [], entries: [], sizes: [] });
  const state = reply.actor?.state ?? null;
  return state !== null && Object.hasOwn(decodeHeld(state), key);
}
