import type { ActorKey } from './address.ts';
import type { EngineLimits } from './limits.ts';
import { failed, mailboxKey, type Pending } from './message.ts';
import { Turn, type TurnTools } from './turn.ts';

/**
 * The mailboxes of a node: one for each actor with something pending. An actor has one turn at a
 * time; what queues meanwhile is taken together by the next.
 */
export class Mailboxes {
  readonly #tools: TurnTools;
  readonly #limits: EngineLimits;
  readonly #boxes = new Map<ActorKey, Pending[]>();
  #commands = 0;
  #isClosed = false;
  #whenEmpty: (() => void)[] = [];

  constructor(tools: Omit<TurnTools, 'forward'>) {
    this.#tools = { ...tools, forward: (pending) => this.#queue(pending) };
    this.#limits = tools.limits;
  }

  /** Queues a message; settles it as overloaded where there is no room. */
  add(pending: Pending): void {
    if (this.#isClosed || this.#commands >= this.#limits.nodeCommandsMax) {
      pending.settle(failed(pending.message, { code: 'overloaded', limit: 'node' }));
      return;
    }
    const key = mailboxKey(pending.message);
    const box = this.#boxes.get(key);
    if (box && box.length >= this.#limits.mailboxCommandsMax) {
      pending.settle(failed(pending.message, { code: 'overloaded', limit: 'mailbox' }));
      return;
    }
    this.#commands++;
    this.#queue({ ...pending, settle: this.#counted(pending.settle) });
  }

  /** Takes nothing more; resolves when what is pending has its outcome. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#commands === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  /** Also takes what a turn forwards: counted already, and never refused. */
  #queue(pending: Pending): void {
    const key = mailboxKey(pending.message);
    const box = this.#boxes.get(key);
    if (box) {
      box.push(pending);
      return;
    }
    const queue = [pending];
    this.#boxes.set(key, queue);
    void this.#serve(key, queue);
  }

  #counted(settle: Pending['settle']): Pending['settle'] {
    return (outcome) => {
      this.#commands--;
      settle(outcome);
      if (this.#commands === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
    };
  }

  async #serve(key: ActorKey, queue: Pending[]): Promise<void> {
    // After the current synchronous stretch, so that a whole batch goes into the first turn.
    await null;
    while (queue.length > 0) {
      const batch = queue.splice(0, this.#limits.turnCommandsMax);
      const first = batch[0];
      if (!first) continue;
      const { aggregate, target } = first.message;
      const turn = new Turn(this.#tools, aggregate, target, batch);
      const leftOver = await turn.run((room) => queue.splice(0, Math.max(room, 0)));
      queue.unshift(...leftOver);
      if (turn.metNoStore) this.#giveUpStale(queue);
    }
    this.#boxes.delete(key);
  }

  /**
   * The store did not answer this actor, whatever it answers others: what waited long enough
   * already is not sent at all, or a long queue would be given up one turn at a time.
   */
  #giveUpStale(queue: Pending[]): void {
    for (const pending of queue.splice(0)) {
      if (this.#tools.patience.isOver(pending.enqueuedAt)) {
        pending.settle(failed(pending.message, { code: 'unavailable' }));
      } else {
        queue.push(pending);
      }
    }
  }
}
