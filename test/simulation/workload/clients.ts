import type { Delivery, Engine } from '../../../src/engine/engine.ts';
import type { Outcome } from '../../../src/engine/outcome.ts';
import type { Wish } from '../scenarios/scenario.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { Random } from '../world/random.ts';
import { OUTSIDE, type World } from '../world/world.ts';
import type { Sent, Try } from './history.ts';

/** How long an answer is waited for, in ms. */
const ANSWER_MS_MAX = 4_000;
const TRIES_MAX = 8;
const PRINCIPAL = 'client';

/** What comes back: with the id under which to ask, where it is answered later. */
type Answer = readonly [outcome: Outcome | 'pending', commandId: string | null];
type Told = (index: number, ...answer: Answer) => void;

/** How a command is sent. */
export type Manner = Pick<Sent, 'key' | 'isAsync' | 'ifMatch' | 'isMisuse' | 'batch'>;
export const PLAINLY: Manner = {
  key: null,
  isAsync: false,
  ifMatch: null,
  isMisuse: false,
  batch: null,
};

/** Sends commands to nodes over ways that lose things, and writes down what comes back. */
export class Clients {
  readonly history: Sent[] = [];
  readonly #world: World;
  readonly #random: Random;
  /** What is on its way between a client and a node gets lost that often. */
  lossChance = 0;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** A command that is about to be sent. */
  note(wish: Wish, manner: Manner): Sent {
    const number = this.history.length + 1;
    const traceId = number.toString(16).padStart(32, '0');
    const sent = { number, ...wish, ...manner, traceId, tries: [], commandId: null };
    this.history.push(sent);
    return sent;
  }

  /** Sends it until it is answered, if that is safe, or once. */
  async send(sent: Sent): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const node = this.#random.pick(this.#world.serving);
      if (node) await this.once(sent, node);
      if (!isOpen(sent) || (sent.key === null && node)) break;
      await this.#world.scheduler.pause(this.#random.between(5, 400), OUTSIDE);
    }
    if (sent.commandId !== null) await this.#ask(sent, sent.commandId);
  }

  /** One try through one node. Resolves when it is answered, or no longer waited for. */
  async once(sent: Sent, node: SimulatedNode): Promise<void> {
    await this.together([sent], node);
  }

  /** The same with several that are handed over together. */
  async together(all: readonly Sent[], node: SimulatedNode): Promise<void> {
    const { scheduler, trace } = this.#world;
    const tries = all.map((sent) => {
      const entry: Try = {
        sentAt: scheduler.now,
        node: node.number,
        answeredAt: null,
        outcome: null,
      };
      sent.tries.push(entry);
      trace.note(scheduler.now, node.number, `← ${sent.type}`, aboutSent(sent));
      return entry;
    });
    await new Promise<void>((resolve) => {
      let left = all.length;
      const answered: Told = (index, outcome, commandId) => {
        const [entry, sent] = [tries[index], all[index]];
        if (entry && sent) {
          entry.answeredAt = scheduler.now;
          entry.outcome = outcome;
          sent.commandId ??= commandId;
          trace.note(scheduler.now, node.number, '→', `${sent.number} ${aboutOutcome(outcome)}`);
        }
        left -= 1;
        if (left === 0) resolve();
      };
      scheduler.after(ANSWER_MS_MAX, OUTSIDE, resolve);
      if (this.#random.chance(this.lossChance)) return;
      scheduler.after(this.#way(), node, () => {
        for (const [index, sent] of all.entries())
          this.#hand(sent, node, (...answer) => answered(index, ...answer));
      });
    });
  }

  /** At the node. */
  #hand(sent: Sent, node: SimulatedNode, told: (...answer: Answer) => void): void {
    const { scheduler } = this.#world;
    const validation = node.engine.validate(sent.type, sent.body);
    if (!validation.ok) throw new Error(`${sent.type} breaks its schema`);
    const tell = (...answer: Answer) => {
      if (node.isDead || this.#random.chance(this.lossChance)) return;
      scheduler.after(this.#way(), OUTSIDE, () => told(...answer));
    };
    const delivery: Delivery = {
      principal: PRINCIPAL,
      traceId: sent.traceId,
      ...(sent.key !== null && { idempotencyKey: sent.key }),
      ...(sent.ifMatch !== null && { ifMatch: sent.ifMatch }),
    };
    if (!sent.isAsync) {
      void node.engine.submit(validation.command, delivery).then((outcome) => tell(outcome, null));
      return;
    }
    void node.engine.submitAsync(validation.command, delivery).then((answer) => {
      if (answer.status === 'pending') tell('pending', answer.commandId);
      else tell(answer, null);
    });
  }

  /** Asks for what became of a command that was taken. */
  async #ask(sent: Sent, commandId: string): Promise<void> {
    const { scheduler } = this.#world;
    const sentAt = sent.tries[0]?.sentAt ?? scheduler.now;
    for (;;) {
      await scheduler.pause(this.#random.between(20, 800), OUTSIDE);
      const node = this.#random.pick(this.#world.serving);
      const outcome = node && (await this.#asked(node.engine, commandId, node));
      if (!node || outcome === undefined || outcome === 'pending') continue;
      const entry: Try = { sentAt, node: node.number, answeredAt: scheduler.now, outcome };
      sent.tries.push(entry);
      this.#world.trace.note(
        scheduler.now,
        node.number,
        '→',
        `${sent.number} ${outcome ? aboutOutcome(outcome) : 'forgotten'}`,
      );
      return;
    }
  }

  /** `undefined` where there is no answer. */
  #asked(
    engine: Engine,
    commandId: string,
    node: SimulatedNode,
  ): Promise<Outcome | 'pending' | null | undefined> {
    const { scheduler } = this.#world;
    return new Promise((resolve) => {
      scheduler.after(ANSWER_MS_MAX, OUTSIDE, () => resolve(undefined));
      scheduler.after(this.#way(), node, () => {
        engine.asyncOutcome(commandId).then(
          (outcome) => scheduler.after(this.#way(), OUTSIDE, () => resolve(outcome)),
          () => resolve(undefined),
        );
      });
    });
  }

  #way(): number {
    return this.#random.next() * 3;
  }
}

/** Whether it is not known what became of it. */
export function isOpen({ tries, commandId }: Sent): boolean {
  if (commandId !== null) return false;
  const last = tries.at(-1)?.outcome ?? null;
  if (last === null) return true;
  if (last === 'pending' || last.status !== 'failed') return false;
  return last.failure.code === 'unavailable' || last.failure.code === 'overloaded';
}

function aboutSent({ number, key, isAsync, ifMatch, body }: Sent): string {
  const how = [key ?? '', isAsync ? 'later' : '', ifMatch === null ? '' : `if ${ifMatch}`];
  return `${number} ${how.filter(Boolean).join(' ')} ${JSON.stringify(body)}`;
}

function aboutOutcome(outcome: Outcome | 'pending'): string {
  if (outcome === 'pending') return outcome;
  if (outcome.status === 'failed') return outcome.failure.code;
  const { actor, position, events, replayed } = outcome;
  const types = events.map(({ type }) => type).join();
  return `${outcome.status} v${actor.version} ${position} ${types}${replayed ? ' replayed' : ''}`;
}
