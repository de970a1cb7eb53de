import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { StatelyLimits } from './limits.ts';
import { feedMessage, skippedMessage } from './messages.ts';
import type { Introduction, Told } from './telling.ts';

/** What is told to all who look at the same. */
export interface Frame {
  readonly told: readonly Told[];
  /** Commands that are told of in none of it. */
  readonly skipped: number;
}

/** Why a connection is closed, as RFC 6455 numbers it. */
export const CLOSE = {
  /** The server stops. */
  goingAway: { code: 1001, reason: 'The server stops' },
  /** A viewer is to say nothing. */
  policy: { code: 1008, reason: 'Nothing is taken here' },
  /** What is told cannot go on: it is to begin anew. */
  broken: { code: 1011, reason: 'The feed broke off: connect again' },
  /** It does not take what it is sent. */
  tooSlow: { code: 1013, reason: 'Too slow' },
} as const;

/** The feed, as one who tells what was left out. */
const FEED: Introduction = { session: 'everstate', message: feedMessage };

/**
 * One who looks. What it does not take in time is left out, and told as a number; what may wait for
 * its socket is bounded.
 */
export class Viewer {
  readonly #socket: WebSocket;
  readonly #connection: Duplex;
  readonly #limits: StatelyLimits;
  /** Who was introduced, the oldest first. */
  readonly #known = new Set<string>();
  #missed = 0;
  #behindSince: number | null = null;
  #isAlive = true;
  readonly #beat: NodeJS.Timeout;
  #ending: NodeJS.Timeout | null = null;

  /** @param connection what the socket is made of */
  constructor(socket: WebSocket, connection: Duplex, limits: StatelyLimits) {
    this.#socket = socket;
    this.#connection = connection;
    this.#limits = limits;
    this.#beat = setInterval(() => this.#askForLife(), limits.beatMs);
    // What the peer breaks, ws answers with a close.
    socket.on('error', () => {});
    socket.on('message', () => this.end('policy'));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.once('close', () => {
      clearInterval(this.#beat);
      if (this.#ending) clearTimeout(this.#ending);
    });
  }

  /** Whether it is there, and is not being closed. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** What waits for its socket, in bytes. */
  get waiting(): number {
    return this.#socket.bufferedAmount;
  }

  /** Tells it a frame, or leaves that out. */
  offer({ told, skipped }: Frame): void {
    if (!this.isOpen) return;
    const { bufferedBytesMax, stalledMsMax } = this.#limits;
    if (this.waiting > bufferedBytesMax) {
      this.#missed += told.reduce((sum, { steps }) => sum + steps, skipped);
      this.#behindSince ??= performance.now();
      if (performance.now() - this.#behindSince > stalledMsMax) this.end('tooSlow');
      return;
    }
    this.#behindSince = null;
    const untold = this.#missed + skipped;
    this.#missed = 0;
    // Written at once: each message alone would cost a call of the system.
    this.#connection.cork();
    for (const { introductions, messages } of told) {
      for (const each of introductions) this.#introduce(each);
      for (const message of messages) this.#send(message);
    }
    if (untold > 0) {
      this.#introduce(FEED);
      this.#send(skippedMessage(untold));
    }
    this.#connection.uncork();
  }

  /** Closes it; one that does not answer that is cut off. */
  end(why: keyof typeof CLOSE = 'broken'): void {
    if (this.#ending || this.#socket.readyState === this.#socket.CLOSED) return;
    const { code, reason } = CLOSE[why];
    this.#socket.close(code, reason);
    this.#ending = setTimeout(() => this.#socket.terminate(), this.#limits.closeMsMax);
  }

  /** Cuts it off. */
  cut(): void {
    this.#socket.terminate();
  }

  #introduce({ session, message }: Introduction): void {
    if (this.#known.has(session)) return;
    this.#known.add(session);
    const [oldest] = this.#known;
    if (this.#known.size > this.#limits.knownActorsMax && oldest !== undefined) {
      this.#known.delete(oldest);
    }
    this.#send(message());
  }

  #send(message: Buffer): void {
    this.#socket.send(message, { binary: false });
  }

  #askForLife(): void {
    if (!this.#isAlive) {
      this.cut();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }
}
