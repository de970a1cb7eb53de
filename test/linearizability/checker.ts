/** Beginnings of an explanation that are tried before a history is given up. */
const TRIED_MAX = 300_000;

/** One operation of a history, as its client saw it. */
export interface Operation<Input, Output> {
  readonly input: Input;
  /** `null`: nobody knows what came of it. */
  readonly output: Output | null;
  readonly invokedAt: number;
  /** Infinite where its end was not seen. */
  readonly completedAt: number;
}

/** What an object does, one operation at a time. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /**
   * The state after the operation; `null`: it cannot have that output here. Without an output, the
   * state that its effect leads to, and `null` where it has none.
   */
  step(state: State, input: Input, output: Output | null): State | null;
  /** The same text for the same state. */
  key(state: State): string;
}

/** Whether a history is linearizable; if not, how far it could be explained, and what could not. */
export type Verdict<Input, Output> =
  | { readonly isLinearizable: true }
  | {
      readonly isLinearizable: false;
      readonly explained: readonly Operation<Input, Output>[];
      /** None of these can have come next. */
      readonly stuck: readonly Operation<Input, Output>[];
    };

/** The beginning or the end of an operation, in a list in the order of time. */
interface Mark {
  readonly index: number;
  readonly isCall: boolean;
  previous: Mark | null;
  next: Mark | null;
}

/**
 * Checks a history of one object for linearizability: whether there is an order in which the
 * operations can have happened one after another, each between its beginning and its end.
 * Wing and Gong's search as Lowe improved it: what was tried once, the same operations to the same
 * state, is not tried again. An operation whose output is not known may have happened at any time
 * after its beginning, or not at all.
 * @throws Error where the history leaves too much open to be searched through
 */
export function checkLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): Verdict<Input, Output> {
  return new Search(model, operations).run();
}

interface Step<State> {
  readonly call: Mark;
  readonly state: State;
}

class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #head: Mark = { index: -1, isCall: false, previous: null, next: null };
  readonly #ends = new Map<number, Mark>();
  readonly #tried = new Set<string>();
  readonly #steps: Step<State>[] = [];
  #state: State;
  #taken = 0n;
  /** Operations with an output that are still to be explained. */
  #left: number;
  #explained: readonly Mark[] = [];
  #stuck: readonly number[] = [];

  constructor(model: Model<State, Input, Output>, operations: readonly Operation<Input, Output>[]) {
    this.#model = model;
    this.#operations = operations;
    this.#state = model.initial;
    this.#left = operations.filter(({ output }) => output !== null).length;
    this.#link();
  }

  run(): Verdict<Input, Output> {
    let mark = this.#head.next;
    while (this.#left > 0) {
      if (mark?.isCall) {
        mark = this.#take(mark) ? this.#head.next : mark.next;
        continue;
      }
      // The end of an operation that found no place, or of the list: something before was wrong.
      this.#noteStuck();
      const last = this.#back();
      if (last === null) return this.#refuted();
      mark = last.next;
    }
    return { isLinearizable: true };
  }

  /** Has an operation happen now, if it can and if that was not tried before. */
  #take(call: Mark): boolean {
    const operation = this.#operations[call.index];
    if (!operation) throw new Error('there is no such operation');
    const state = this.#model.step(this.#state, operation.input, operation.output);
    if (state === null) return false;
    const taken = this.#taken | (1n << BigInt(call.index));
    const key = `${taken.toString(36)} ${this.#model.key(state)}`;
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    if (this.#tried.size > TRIED_MAX) throw new Error('too many ways to explain the history');
    this.#steps.push({ call, state: this.#state });
    this.#state = state;
    this.#taken = taken;
    if (operation.output !== null) this.#left -= 1;
    unlink(call);
    const end = this.#ends.get(call.index);
    if (end) unlink(end);
    return true;
  }

  /** Undoes the last operation; `null` where there is none. */
  #back(): Mark | null {
    const last = this.#steps.pop();
    if (!last) return null;
    const { call, state } = last;
    this.#state = state;
    this.#taken &= ~(1n << BigInt(call.index));
    if (this.#operations[call.index]?.output !== null) this.#left += 1;
    const end = this.#ends.get(call.index);
    if (end) relink(end);
    relink(call);
    return call;
  }

  #noteStuck(): void {
    if (this.#steps.length < this.#explained.length) return;
    this.#explained = this.#steps.map(({ call }) => call);
    const stuck: number[] = [];
    for (let mark = this.#head.next; mark?.isCall; mark = mark.next) stuck.push(mark.index);
    this.#stuck = stuck;
  }

  #refuted(): Verdict<Input, Output> {
    const at = (index: number) => this.#operations.slice(index, index + 1);
    return {
      isLinearizable: false,
      explained: this.#explained.flatMap(({ index }) => at(index)),
      stuck: this.#stuck.flatMap(at),
    };
  }

  /** Beginnings before ends at the same time: then the two overlap. */
  #link(): void {
    const marks = this.#operations.flatMap(({ invokedAt, completedAt, output }, index) => {
      const call = { at: invokedAt, mark: emptyMark(index, true) };
      if (output === null) return [call];
      const end = { at: completedAt, mark: emptyMark(index, false) };
      this.#ends.set(index, end.mark);
      return [call, end];
    });
    marks.sort((a, b) => order(a.at, b.at) || Number(b.mark.isCall) - Number(a.mark.isCall));
    let last = this.#head;
    for (const { mark } of marks) {
      last.next = mark;
      mark.previous = last;
      last = mark;
    }
  }
}

/** Also of infinite ones. */
function order(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function emptyMark(index: number, isCall: boolean): Mark {
  return { index, isCall, previous: null, next: null };
}

function unlink({ previous, next }: Mark): void {
  if (previous) previous.next = next;
  if (next) next.previous = previous;
}

/** Undoes {@link unlink}, the last one first. */
function relink(mark: Mark): void {
  if (mark.previous) mark.previous.next = mark;
  if (mark.next) mark.next.previous = mark;
}
