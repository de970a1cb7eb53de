import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../../engine/outcome.ts';
import type { Serving } from '../context.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { Refusal } from '../problem.ts';
import { outcomeResult } from '../reply.ts';
import { failureResult, parseLine, type Sender, type Submission } from './entry.ts';
import { Input } from './input.ts';
import { type Line, LineSplitter } from './lines.ts';
import { OrderedOutput } from './output.ts';

interface Placed extends Submission {
  readonly place: number;
  /** When it was first submitted, as meters tell time. */
  readonly begunAt: number;
}

/** A command that found no room, and waits for its next try. */
interface Refused extends Placed {
  readonly outcome: Outcome;
}

/**
 * A request of command lines of any length, answered line by line in the order given, in flat
 * memory: a bounded number of commands is on its way, and a client that stops reading is not
 * read from. One that goes away has nothing more submitted.
 *
 * Order: commands are submitted in order. Where a mailbox has no room the engine says so before
 * anything else happens, so whatever was submitted to that actor in the same stretch was refused
 * too; nothing later is submitted before these were taken.
 */
export class CommandStream {
  readonly #serving: Serving;
  readonly #incoming: IncomingMessage;
  readonly #sender: Sender;
  readonly #output = new OrderedOutput();
  #refused: Refused[] = [];

  constructor(serving: Serving, incoming: IncomingMessage, sender: Sender) {
    this.#serving = serving;
    this.#incoming = incoming;
    this.#sender = sender;
  }

  /** Begins to read, and answers as it goes. */
  start(): Response {
    this.#run().catch((error: unknown) => {
      this.#serving.log.error({ err: error }, 'a stream of commands broke off');
      this.#incoming.socket.destroy();
    });
    return new Response(this.#output.body, {
      headers: { 'content-type': 'application/x-ndjson' },
    });
  }

  async #run(): Promise<void> {
    const isWhole = await this.#takeAll();
    for (;;) {
      if (this.#refused.length > 0) {
        if (!isWhole || !(await this.#takeRefused())) this.#giveUpRefused();
      } else if (this.#output.isDone) {
        break;
      } else {
        await this.#output.change();
      }
    }
    if (isWhole) this.#output.close();
    // Not ended as a whole answer ends: the client is to know that lines were left undone.
    else this.#incoming.socket.destroySoon();
  }

  /** Takes line after line. Whether the request was taken to its end. */
  async #takeAll(): Promise<boolean> {
    const input = new Input(this.#incoming, this.#serving.stopping);
    const splitter = new LineSplitter(HTTP_LIMITS.commandBytesMax);
    try {
      for (;;) {
        const next = await input.next();
        if (next === 'end') return await this.#submitAll(splitter.end());
        if (typeof next === 'string') return false;
        if (!(await this.#submitAll(splitter.push(next)))) return false;
      }
    } finally {
      input.dispose();
    }
  }

  /** Submits lines in stretches that fit the window. Whether all of them were taken. */
  async #submitAll(lines: readonly Line[]): Promise<boolean> {
    let next = 0;
    while (next < lines.length) {
      const room = await this.#output.room(HTTP_LIMITS.streamWindowCommandsMax);
      if (this.#isOver()) return false;
      // One synchronous stretch: see the class on order.
      for (const line of lines.slice(next, next + room)) this.#submitLine(line);
      next += room;
      if (!(await this.#takeRefused())) return false;
    }
    return true;
  }

  #submitLine(line: Line): void {
    const place = this.#output.reserve();
    try {
      if (line === 'too long') {
        const detail = `The line is longer than ${HTTP_LIMITS.commandBytesMax} bytes`;
        throw new Refusal('too_large', detail);
      }
      const submission = parseLine(this.#serving, line, this.#sender);
      this.#submit({ ...submission, place, begunAt: this.#serving.meters.now() });
    } catch (error) {
      this.#fail(place, error);
    }
  }

  #submit(placed: Placed): void {
    const { command, delivery, place } = placed;
    this.#serving.engine.submit(command, delivery).then(
      (outcome) => {
        if (outcome.status === 'failed' && outcome.failure.code === 'overloaded') {
          this.#refused.push({ ...placed, outcome });
          this.#output.wake();
        } else {
          this.#answer(placed, outcome);
        }
      },
      (error: unknown) => this.#fail(place, error),
    );
  }

  #fail(place: number, error: unknown): void {
    this.#output.set(place, failureResult(error, this.#sender, this.#serving.log));
  }

  /** Tries what found no room again, with pauses that grow while nothing moves. Whether all of it was taken. */
  async #takeRefused(): Promise<boolean> {
    await nextTurn();
    let pauseMs: number = HTTP_LIMITS.streamPauseMsMin;
    while (this.#refused.length > 0) {
      await this.#pause(pauseMs);
      if (this.#isOver()) return false;
      const again = this.#refused.splice(0).sort((a, b) => a.place - b.place);
      for (const line of again) this.#submit(line);
      await nextTurn();
      const isStuck = this.#refused.length >= again.length;
      pauseMs = isStuck
        ? Math.min(pauseMs * 2, HTTP_LIMITS.streamPauseMsMax)
        : HTTP_LIMITS.streamPauseMsMin;
    }
    return true;
  }

  #giveUpRefused(): void {
    for (const refused of this.#refused.splice(0)) this.#answer(refused, refused.outcome);
  }

  #answer({ command, place, begunAt }: Placed, outcome: Outcome): void {
    this.#serving.meters.decided(command.type, outcome, begunAt);
    this.#output.set(place, outcomeResult(outcome));
  }

  /** Jittered, so that streams which met the same full mailbox do not come back together. */
  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms * (0.5 + Math.random() / 2), undefined, { signal: this.#serving.stopping });
    } catch {
      // The server is stopping: the caller looks.
    }
  }

  #isOver(): boolean {
    return this.#output.isGone || this.#serving.stopping.aborted;
  }
}
