import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Redis } from 'ioredis';
import { StoreRefused } from '../../engine/store.ts';
import { type Ask, admitServer, admitStore, type Server, serverInfo } from './admission.ts';
import type { Connection, Shard } from './connection.ts';
import { isReplyError, messageOf, replyCode } from './faults.ts';
import { Gate } from './gate.ts';
import { Gathered } from './gathered.ts';
import { CALL_MS, RECONNECT_MS_MAX, reconnectDelayMs } from './limits.ts';
import { Replicas, type TracedCommand } from './replicas.ts';

const BAD_CREDENTIALS = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/** The way to one server: one connection. */
export class SingleConnection implements Connection {
  readonly gate = new Gate();
  readonly keepsOrder = true;
  readonly #redis: Redis;
  readonly #gathered: Gathered;
  readonly #replicas: Replicas;
  #epoch = 0;
  #runId: string | null = null;
  /** Which of the connections made so far is the present one. */
  #connected = 0;
  #patience: NodeJS.Timeout | undefined;

  /**
   * @param at how the server is called in messages: no credentials
   * @param onServer told of each server that was admitted
   */
  constructor(
    url: string,
    private readonly at: string,
    private readonly partitions: number,
    private readonly onServer: (server: Server) => void,
  ) {
    this.#redis = new Redis(url, {
      protocol: 2,
      connectTimeout: CALL_MS,
      // Its stream is destroyed at once; nothing is to be waited for after that.
      disconnectTimeout: 0,
      disableClientInfo: true,
      retryStrategy: reconnectDelayMs,
      // A command is sent once or not at all: what is in flight when the connection goes fails,
      // and what comes while there is none fails before it is sent.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // The gate looks at the server, and at more than this would.
      enableReadyCheck: false,
    });
    this.#gathered = new Gathered(this.#redis);
    this.#replicas = new Replicas(
      () => [this.#redis],
      (_, command) => this.send(command),
    );
    this.#redis.on('error', (error) => this.#failed(error));
    this.#redis.on('connect', () => this.#expectAnswer());
    this.#redis.on('ready', () => void this.#admit());
    this.#redis.on('close', () => {
      this.#connected += 1;
      clearTimeout(this.#patience);
      this.gate.shut(null);
    });
  }

  get database(): number {
    return this.#redis.options.db ?? 0;
  }

  epoch(): number {
    return this.#epoch;
  }

  send(command: Command): void {
    this.#gathered.send(command);
  }

  probes(): readonly number[] {
    return [0];
  }

  replicated(command: TracedCommand, probe: string, enough: number): Promise<number> {
    return this.#replicas.count(command, probe, enough);
  }

  shards(channels: readonly string[]): readonly Shard[] {
    return [{ at: this.at, node: this.#redis, channels }];
  }

  onShards(): void {
    // There is one server, and no other.
  }

  lookAgain(): void {
    // As above.
  }

  drop(): void {
    // Not disconnect(), which waits for a server that may be frozen. There is no stream before
    // the first connection is tried.
    this.#redis.stream?.destroy();
  }

  close(): void {
    clearTimeout(this.#patience);
    this.#redis.disconnect();
    this.drop();
  }

  /** A frozen server still accepts connections: it must also answer on them. */
  #expectAnswer(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.gate.shut(new Error(`${this.at} accepts connections and does not answer`));
      this.drop();
    }, CALL_MS);
  }

  async #admit(): Promise<void> {
    const connected = this.#connected;
    const ask: Ask = async (name, ...args) => {
      const reply = await this.#redis.call(name, ...args);
      this.#expectAnswer();
      return reply;
    };
    try {
      let server = await serverInfo(ask);
      while (server.loading) {
        this.gate.shut(new Error(`${this.at} is loading its data`));
        await sleep(RECONNECT_MS_MAX);
        server = await serverInfo(ask);
      }
      if (server.clustered) {
        throw new StoreRefused(
          `${this.at} is a node of a cluster. Give the addresses of several of its nodes, ` +
            'separated by commas.',
        );
      }
      admitServer(this.at, server);
      await admitStore(this.at, ask, this.partitions);
      if (connected === this.#connected) this.#admitted(server);
    } catch (error) {
      if (connected !== this.#connected) return;
      this.#failed(error);
      clearTimeout(this.#patience);
      this.#patience = setTimeout(() => this.drop(), RECONNECT_MS_MAX);
    }
  }

  #admitted(server: Server): void {
    clearTimeout(this.#patience);
    if (this.#runId !== null && this.#runId !== server.runId) this.#epoch += 1;
    this.#runId = server.runId;
    this.onServer(server);
    this.gate.open();
  }

  #failed(error: unknown): void {
    if (error instanceof StoreRefused) {
      this.gate.refuse(error);
    } else if (BAD_CREDENTIALS.has(replyCode(error) ?? '')) {
      const refusal = `${this.at} refuses the user or password it was given, or what that user may do`;
      this.gate.refuse(new StoreRefused(`${refusal}: ${messageOf(error)}`));
    } else if (isReplyError(error)) {
      this.gate.shut(new Error(messageOf(error)));
    } else {
      this.gate.shut(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }
}
