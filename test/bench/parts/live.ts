/** A server under load, and looked at: what it takes meanwhile. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { BatchOrder, BatchReport } from '../load/batching.ts';
import type { Feed, LookOrder, LookReport } from '../load/looking.ts';
import { ACTIVE_SHARE, accountId, type Spread, type Workload } from '../load/workload.ts';
import { nextMessage, startNode, stop } from './children.ts';
import { cpuSeconds } from './processes.ts';
import type { Target } from './targets.ts';

/** What the inspector is to withstand. */
export const EVENTS_PER_SECOND = 5_000;
/** Accounts that the load's follows are of, in turn: each frame tells of as many as there are events. */
const FOLLOWERS = 20_000;
/** Before a figure is taken, in milliseconds: until all goes its way. */
const SETTLE_MS = 500;
/** Of the events wanted, those that have to come for a figure to be judged. */
const REACHED_SHARE = 0.9;
/** Commands of one batch, where all accounts send some. */
const BATCH = 50;

/** Events at a fixed rate, as long as they are wanted. */
export class Load {
  readonly #child: ChildProcess = startNode(new URL('../load/batching.js', import.meta.url));
  #sent = 0;

  constructor(private readonly target: Target) {}

  /** Has many accounts follow others, in turn: so many, as far as there are. */
  begin(perSecond: number, followers = FOLLOWERS): Promise<unknown> {
    const many = Math.min(followers, ACTIVE_SHARE * this.target.accounts);
    return this.#begin(perSecond, BATCH, { kind: 'spread', first: 0, followers: many });
  }

  /** Has one account follow others. @returns its id */
  async beginOfOne(perSecond: number): Promise<string> {
    await this.#begin(perSecond, 1, { kind: 'hot' });
    return accountId(this.#active - 1);
  }

  get #active(): number {
    return Math.floor(ACTIVE_SHARE * this.target.accounts);
  }

  #begin(perSecond: number, batch: number, spread: Spread): Promise<unknown> {
    const workload: Workload = { spread, accounts: this.#active, sent: this.#sent };
    return this.#ask({ kind: 'begin', port: this.target.port, perSecond, batch, workload });
  }

  /** How many commands are done by now. */
  count(): Promise<number> {
    return this.#ask({ kind: 'count' });
  }

  /** @throws where not every command was decided */
  async end(): Promise<BatchReport> {
    const report = await this.#ask<BatchReport>({ kind: 'end' });
    this.#sent += report.commands;
    if (report.failed > 0) throw new Error(`${report.failed} batches failed`);
    return report;
  }

  stop(): Promise<void> {
    return stop(this.#child);
  }

  #ask<Answer>(order: BatchOrder): Promise<Answer> {
    this.#child.send(order);
    return nextMessage<Answer>(this.#child);
  }
}

/** Viewers of a live feed, as long as they are wanted. */
export class Viewers {
  readonly #child: ChildProcess = startNode(new URL('../load/looking.js', import.meta.url));

  constructor(private readonly target: Target) {}

  async begin(viewers: number, stalled = 0, feed: Feed = 'page'): Promise<void> {
    await this.#ask({ kind: 'begin', port: this.target.port, feed, viewers, stalled });
  }

  end(): Promise<LookReport> {
    return this.#ask({ kind: 'end' });
  }

  stop(): Promise<void> {
    return stop(this.#child);
  }

  #ask<Answer>(order: LookOrder): Promise<Answer> {
    this.#child.send(order);
    return nextMessage<Answer>(this.#child);
  }
}

/** The share of one core that a process takes for some seconds from now, once it goes its way. */
export async function coreShare(pid: number | undefined, seconds: number): Promise<number> {
  await pause(SETTLE_MS);
  const start = performance.now();
  const before = cpuSeconds(pid) ?? Number.NaN;
  await pause(seconds * 1_000);
  const took = (performance.now() - start) / 1_000;
  return ((cpuSeconds(pid) ?? Number.NaN) - before) / took;
}

/** Whether so much happened as was wanted; where it did not, says that nothing is judged by it. */
export function isReached(perSecond: number, wanted: number): boolean {
  if (perSecond >= REACHED_SHARE * wanted) return true;
  console.log(
    `          not judged: ${Math.round(perSecond)} events a second were recorded, of ${wanted} wanted`,
  );
  return false;
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
