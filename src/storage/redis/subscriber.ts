import type { Redis } from 'ioredis';
import { replyCode } from './faults.ts';
import { CALL_MS, LISTEN_CHECK_MS, reconnectDelayMs } from './limits.ts';

/** Who is told what happens on a subscriber's connection. */
export interface SubscriberEvents {
  message(channel: string, news: string): void;
  /** All channels are subscribed to; what was said on them before may be lost. */
  subscribed(): void;
  /** The user may not listen there; it is tried again all the same. */
  forbidden(): void;
  /** The server is gone, or has other channels now. */
  strayed(): void;
}

/**
 * A connection of its own on which one server says what is said on channels of its slots. It
 * connects and subscribes again by itself until it is closed, and never fails.
 */
export class Subscriber {
  readonly #redis: Redis;
  readonly #checking: NodeJS.Timeout;
  /** Counts connections: what belongs to an earlier one means nothing any more. */
  #connected = 0;
  #isSubscribed = false;
  #closed = false;

  /** @param node a connection to the server, to be made like it */
  constructor(
    node: Redis,
    readonly channels: readonly string[],
    private readonly events: SubscriberEvents,
  ) {
    this.#redis = node.duplicate({
      lazyConnect: false,
      readOnly: false,
      retryStrategy: reconnectDelayMs,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      // ioredis would subscribe without anybody who hears whether that failed.
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      commandTimeout: undefined,
      // Its stream is destroyed at once; nothing is to be waited for after that.
      disconnectTimeout: 0,
      // What goes unanswered, the check below included, ends the connection.
      socketTimeout: CALL_MS,
    });
    this.#redis.on('error', () => {
      // It connects again; what it misses meanwhile is told by `subscribed`.
    });
    this.#redis.on('smessage', (channel: string, news: string) => events.message(channel, news));
    this.#redis.on('ready', () => void this.#subscribe());
    this.#redis.on('moved', () => this.#strayed());
    this.#redis.on('close', () => {
      this.#connected += 1;
      this.#strayed();
    });
    this.#checking = setInterval(() => this.#check(), LISTEN_CHECK_MS).unref();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#checking);
    this.#redis.disconnect();
    // Not disconnect() alone, which waits for a server that may be frozen.
    this.#redis.stream?.destroy();
  }

  async #subscribe(): Promise<void> {
    const connected = this.#connected;
    // One at a time: a cluster takes no two of different slots together.
    const subscribing = this.channels.map((channel) => this.#redis.ssubscribe(channel));
    const results = await Promise.allSettled(subscribing);
    if (this.#closed || connected !== this.#connected) return;
    this.#isSubscribed = results.every(({ status }) => status === 'fulfilled');
    if (this.#isSubscribed) this.events.subscribed();
    const isForbidden = (result: PromiseSettledResult<unknown>) =>
      result.status === 'rejected' && replyCode(result.reason) === 'NOPERM';
    if (results.some(isForbidden)) this.events.forbidden();
  }

  #strayed(): void {
    this.#isSubscribed = false;
    if (!this.#closed) this.events.strayed();
  }

  #check(): void {
    if (this.#redis.status !== 'ready') return;
    if (this.#isSubscribed) this.#redis.ping().catch(() => {});
    else void this.#subscribe();
  }
}
