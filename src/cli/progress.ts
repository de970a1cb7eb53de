import { SingleBar } from 'cli-progress';

/** Shows how far a run has come. */
export interface Progress {
  start(total: number, done: number): void;
  advance(by: number): void;
  /** How far it is, where what there is to do changes too. */
  reach(done: number, total: number): void;
  /** Why the run waits; `null`: it goes on. */
  waiting(why: string | null): void;
  /** A line to be read. */
  note(text: string): void;
  stop(): void;
}

/** How one state of a run is drawn. */
interface Drawing {
  start(state: State): void;
  draw(state: State): void;
  stop(state: State): void;
}

interface State {
  readonly total: number;
  readonly done: number;
  /** Commands, or what else is counted, a second, lately. */
  readonly rate: number;
  readonly waiting: string | null;
}

/** Without a terminal: one line at most this often, in milliseconds. */
const LINE_EVERY_MS = 2_000;
/** Over how long the rate is taken, in milliseconds. */
const RATE_OVER_MS = 5_000;

/** A bar where `out` is a terminal, else plain lines. */
export function progressOn(out: NodeJS.WriteStream): Progress {
  const note = (text: string) => void out.write(`${text}\n`);
  return tracked(out.isTTY ? bar(out) : lines(note), note);
}

function tracked(drawing: Drawing, note: (text: string) => void): Progress {
  let state: State = { total: 0, done: 0, rate: 0, waiting: null };
  let seen: { at: number; done: number }[] = [];
  let started = false;
  const update = (change: Partial<State>) => {
    state = { ...state, ...change };
    if (started) drawing.draw(state);
  };
  const reach = (done: number, total: number) => {
    const at = performance.now();
    seen.push({ at, done });
    while (seen.length > 2 && at - (seen[0]?.at ?? at) > RATE_OVER_MS) seen.shift();
    const first = seen[0] ?? { at, done };
    const rate = (Math.max(done - first.done, 0) / Math.max(at - first.at, 1)) * 1_000;
    update({ done, total, rate });
  };
  return {
    start(total, done) {
      seen = [{ at: performance.now(), done }];
      state = { ...state, total, done };
      started = true;
      drawing.start(state);
    },
    advance: (by) => reach(state.done + by, state.total),
    reach,
    waiting(why) {
      if (why !== state.waiting) update({ waiting: why });
    },
    note,
    stop() {
      if (started) drawing.stop(state);
      started = false;
    },
  };
}

function bar(out: NodeJS.WriteStream): Drawing {
  const single = new SingleBar({
    format: '{bar} {percentage}%  {value}/{total}  {rate}  {left}',
    stream: out,
    barCompleteChar: '\u2588',
    barIncompleteChar: '\u2591',
    hideCursor: true,
    // Interrupts are the run's own to handle.
    gracefulExit: false,
  });
  const payload = (state: State) => ({ rate: rateOf(state), left: state.waiting ?? leftOf(state) });
  return {
    start: (state) => single.start(state.total, state.done, payload(state)),
    draw(state) {
      single.setTotal(state.total);
      single.update(state.done, payload(state));
    },
    stop: () => single.stop(),
  };
}

function lines(write: (text: string) => void): Drawing {
  let shownAt = 0;
  let shown: State | undefined;
  const show = (state: State) => {
    shownAt = performance.now();
    shown = state;
    const share = state.total === 0 ? 100 : Math.floor((state.done / state.total) * 100);
    const rest = state.waiting ?? leftOf(state);
    write(`${share}%  ${state.done}/${state.total}  ${rateOf(state)}  ${rest}`);
  };
  return {
    start: show,
    draw(state) {
      const changed = state.waiting !== shown?.waiting;
      if (changed || performance.now() - shownAt >= LINE_EVERY_MS) show(state);
    },
    stop(state) {
      if (state.done !== shown?.done) show(state);
    },
  };
}

function rateOf({ rate }: State): string {
  return `${Math.round(rate).toLocaleString('en-US')}/s`;
}

function leftOf({ total, done, rate }: State): string {
  if (done === total) return 'all done';
  if (rate === 0) return 'starting';
  const seconds = Math.ceil((total - done) / rate);
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min ${seconds % 60} s left` : `${seconds} s left`;
}
