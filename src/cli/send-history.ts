import type { Checkpoint, CheckpointFile } from './checkpoint.ts';
import { type Delivery, deliver } from './deliver.ts';
import { BATCHES_IN_FLIGHT, KEY_LIFE_MS } from './limits.ts';
import type { Batch } from './plan.ts';
import type { Progress } from './progress.ts';
import type { ServerLink } from './server-link.ts';
import { counted, type Tally } from './tally.ts';

/** What a run sends, and with what. */
export interface Sending {
  readonly historyId: string;
  readonly batches: readonly Batch[];
  readonly link: ServerLink;
  readonly checkpoints: CheckpointFile;
  readonly progress: Progress;
  /** Raised to end the run early, in order. */
  readonly stop: AbortSignal;
  /** Send again what was sent without an answer so long ago that its keys are forgotten. */
  readonly resendExpired: boolean;
  readonly patienceMs?: number;
}

/** How a run ended. `tally` counts every command acknowledged in this run and those before it. */
export type Sent =
  | { readonly kind: 'done'; readonly tally: Tally; readonly anew: boolean }
  | { readonly kind: 'interrupted'; readonly tally: Tally }
  | { readonly kind: 'gave-up' | 'refused'; readonly tally: Tally; readonly why: string }
  /** Nothing was sent: `commands` were sent without an answer, and their keys are forgotten. */
  | { readonly kind: 'expired'; readonly commands: number };

/**
 * Sends batches in order, a few at a time, from where the checkpoint says on.
 *
 * Invariant: batch `n` is sent only after all up to `n - BATCHES_IN_FLIGHT` were acknowledged;
 * that a batch may be sent is on disk before it is.
 */
export async function sendHistory(sending: Sending): Promise<Sent> {
  const { batches, progress } = sending;
  const start = await startingPoint(sending);
  const unanswered = commandsIn(batches.slice(start.acknowledged, start.sent));
  if (unanswered > 0 && Date.now() - start.savedAt > KEY_LIFE_MS && !sending.resendExpired) {
    return { kind: 'expired', commands: unanswered };
  }
  if (start.acknowledged === batches.length) {
    return { kind: 'done', tally: start.tally, anew: false };
  }
  progress.start(commandsIn(batches), commandsIn(batches.slice(0, start.acknowledged)));
  try {
    return await new Run(sending, start).finish();
  } finally {
    progress.stop();
  }
}

/** The checkpoint, unless the server is another one than it was written for. */
async function startingPoint(sending: Sending): Promise<Checkpoint> {
  const { batches, checkpoints, link, progress } = sending;
  const none: Checkpoint = {
    version: 1,
    history: sending.historyId,
    url: link.url,
    acknowledged: 0,
    sent: 0,
    tally: {},
    savedAt: Date.now(),
  };
  const saved = await checkpoints.load();
  if (saved === null || saved.acknowledged > batches.length) return none;
  const registered = batches.slice(0, saved.acknowledged).flat().at(0)?.data.accountId;
  if (registered !== undefined && (await link.hasAccount(registered)) === false) {
    progress.note(`${registered} is not on this server: its store is another one; starting over`);
    return none;
  }
  return saved;
}

/** One pass over the batches that are left. */
class Run {
  readonly #sending: Sending;
  readonly #onTheWay: Promise<Delivery>[] = [];
  readonly #ending = new AbortController();
  #at: Checkpoint;

  constructor(sending: Sending, start: Checkpoint) {
    this.#sending = sending;
    this.#at = start;
  }

  async finish(): Promise<Sent> {
    const { batches, stop } = this.#sending;
    const end = () => this.#ending.abort();
    stop.addEventListener('abort', end);
    try {
      while (this.#at.acknowledged < batches.length) {
        await this.#fill();
        const delivery = (await this.#onTheWay.shift()) ?? { kind: 'interrupted' };
        if (delivery.kind !== 'answered') return await this.#endEarly(delivery);
        this.#acknowledge(delivery.results);
      }
      await this.#save(this.#at);
      return { kind: 'done', tally: this.#at.tally, anew: true };
    } finally {
      stop.removeEventListener('abort', end);
    }
  }

  /** Puts batches on their way, as many as may be. */
  async #fill(): Promise<void> {
    const { batches, stop } = this.#sending;
    if (stop.aborted) return;
    const from = this.#at.acknowledged + this.#onTheWay.length;
    const to = Math.min(this.#at.acknowledged + BATCHES_IN_FLIGHT, batches.length);
    await this.#save({ ...this.#at, sent: Math.max(to, this.#at.sent) });
    for (const batch of batches.slice(from, to)) this.#onTheWay.push(this.#deliver(batch));
  }

  #deliver(batch: Batch): Promise<Delivery> {
    const { link, progress, patienceMs } = this.#sending;
    return deliver(batch, link, {
      stop: this.#ending.signal,
      onWaiting: (why) => progress.waiting(why),
      ...(patienceMs === undefined ? {} : { patienceMs }),
    });
  }

  /** Counts the first batch on its way as answered; the next write has it. */
  #acknowledge(results: Extract<Delivery, { kind: 'answered' }>['results']): void {
    const batch = this.#sending.batches[this.#at.acknowledged] ?? [];
    const types = batch.map(({ type }) => type);
    const acknowledged = this.#at.acknowledged + 1;
    this.#at = { ...this.#at, acknowledged, tally: counted(this.#at.tally, types, results) };
    this.#sending.progress.advance(batch.length);
  }

  /** Lets what is on its way end, keeps the checkpoint, and tells how the run ended. */
  async #endEarly(delivery: Exclude<Delivery, { kind: 'answered' }>): Promise<Sent> {
    this.#ending.abort();
    await Promise.all(this.#onTheWay);
    await this.#save(this.#at);
    const { tally } = this.#at;
    if (delivery.kind === 'interrupted') return { kind: 'interrupted', tally };
    return { kind: delivery.kind, tally, why: delivery.why };
  }

  async #save(at: Checkpoint): Promise<void> {
    this.#at = { ...at, savedAt: Date.now() };
    await this.#sending.checkpoints.save(this.#at);
  }
}

function commandsIn(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + batch.length, 0);
}
