import type { Random } from './random.ts';

/** Whom an event happens to. */
export interface Party {
  /** What is to happen to one who is dead never does. */
  isDead: boolean;
  /** What is to happen to one who stands still happens afterwards. In ms, by the scheduler. */
  stillUntil: number;
}

/** Something that is to happen. */
export interface Planned {
  time: number;
  /** Drawn: what is to happen at one time happens in any order. */
  readonly lot: number;
  readonly party: Party;
  /** `null`: it was called off. */
  run: (() => void) | null;
}

/** Time and order of everything in a run: one event after another, in the order of their times. */
export class Scheduler {
  /** A heap: the first is the next. */
  readonly #planned: Planned[] = [];
  readonly #random: Random;
  #now = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Milliseconds since the run began, with fractions. */
  get now(): number {
    return this.#now;
  }

  /** Plans an event in so many milliseconds. */
  after(ms: number, party: Party, run: () => void): Planned {
    const planned = { time: this.#now + ms, lot: this.#random.next(), party, run };
    this.#add(planned);
    return planned;
  }

  /** Waits, as nobody in particular. */
  pause(ms: number, party: Party): Promise<void> {
    return new Promise((resolve) => this.after(ms, party, resolve));
  }

  /** All clocks go forward at once: what became due is late. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /**
   * Has one event after another happen until the promise is settled. What an event sets off has
   * come to its next wait before the next event: a tick of the process comes when no microtask is
   * left, at a fraction of what a turn of the event loop costs.
   * @throws what the promise rejects with, and what an event throws
   */
  run<T>(until: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    until.then(over, over);
    return new Promise((resolve, reject) => {
      const again = () => process.nextTick(step);
      const step = () => {
        if (isOver) return resolve(until);
        try {
          this.#happen();
        } catch (error) {
          return reject(error);
        }
        queueMicrotask(again);
      };
      queueMicrotask(again);
    });
  }

  #happen(): void {
    for (;;) {
      const next = this.#take();
      if (!next) throw new Error('nothing is left to happen');
      const { party, run } = next;
      if (!run || party.isDead) continue;
      if (party.stillUntil > next.time) {
        next.time = party.stillUntil;
        this.#add(next);
        continue;
      }
      this.#now = Math.max(this.#now, next.time);
      run();
      return;
    }
  }

  #add(planned: Planned): void {
    const heap = this.#planned;
    let place = heap.push(planned) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, planned)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = planned;
  }

  #take(): Planned | undefined {
    const heap = this.#planned;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (!left) break;
      let child = left;
      if (right && isBefore(right, left)) {
        child = right;
        below += 1;
      }
      if (isBefore(last, child)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.time < b.time || (a.time === b.time && a.lot < b.lot);
}
