import { CALL_MS } from './limits.ts';

const TICK_MS = 50;
const TICKS = CALL_MS / TICK_MS;

/**
 * Notices calls that are under way too long, at the cost of two additions a call: it counts them
 * by the tick they began in. It counts its own ticks, not the clock, so that a process that stood
 * still reads the answers that came meanwhile before it takes them for missing.
 */
export class Watch {
  readonly #begun: number[] = new Array<number>(TICKS).fill(0);
  #now = 0;
  #underWay = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #idle = new Set<() => void>();

  /** @param overdue called when a call that began {@link CALL_MS} ago is still under way */
  constructor(private readonly overdue: () => void) {}

  /**
   * Begins a call that waited already for `waitedMs`. What it gives ends the call.
   */
  begin(waitedMs: number): number {
    const ticks = Math.min(Math.floor(waitedMs / TICK_MS), TICKS - 1);
    const began = (this.#now - ticks + TICKS) % TICKS;
    this.#begun[began] = (this.#begun[began] ?? 0) + 1;
    this.#underWay += 1;
    if (this.#timer === null) this.#timer = setInterval(() => this.#tick(), TICK_MS);
    return began;
  }

  end(began: number): void {
    this.#begun[began] = (this.#begun[began] ?? 0) - 1;
    this.#underWay -= 1;
    if (this.#underWay > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  /** Resolves when no call is under way, nor goes on at once with a further command. */
  async idle(): Promise<void> {
    while (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  #tick(): void {
    if (this.#underWay === 0) {
      if (this.#timer !== null) clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    this.#now = (this.#now + 1) % TICKS;
    if ((this.#begun[this.#now] ?? 0) > 0) this.overdue();
  }
}
