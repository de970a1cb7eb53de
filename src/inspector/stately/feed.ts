import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { type Address, actorKey } from '../../engine/address.ts';
import type { HttpAppOptions } from '../../http/app.ts';
import { type Access, createAccess } from '../../http/auth/authenticate.ts';
import { endWith } from '../../http/broken-request.ts';
import { actorSchema, noRoomFor } from '../../http/events/request.ts';
import { faultProblem } from '../../http/fault-response.ts';
import { Refusal } from '../../http/problem.ts';
import { readSearch } from '../../http/reading.ts';
import type { Upgrades } from '../../http/upgrade.ts';
import { maskingOf } from '../mask.ts';
import { StatelyChannel } from './channel.ts';
import { checkOrigin, protocolOf, withBearer } from './handshake.ts';
import { STATELY_LIMITS, type StatelyLimits } from './limits.ts';
import { Teller } from './telling.ts';
import { Viewer } from './viewer.ts';

/** Where the inspection feed is. */
export const STATELY_PATH = '/inspector/stately';

const PATH_ONLY = /^[^?#]*/;

/**
 * What durable actors do, live, in the format of Stately's inspector, to viewers that connect by
 * WebSocket: with the credentials of the API, and from pages of its own origin or of those named.
 */
export async function createStatelyFeed(
  options: HttpAppOptions,
  limits: StatelyLimits = STATELY_LIMITS,
): Promise<Upgrades> {
  return new StatelyFeed(options, await createAccess(options.credentials), limits);
}

class StatelyFeed implements Upgrades {
  readonly #options: HttpAppOptions;
  readonly #access: Access;
  readonly #limits: StatelyLimits;
  readonly #teller: Teller;
  readonly #sockets: WebSocketServer;
  readonly #search;
  /** By actor; empty: of all. */
  readonly #channels = new Map<string, Promise<StatelyChannel>>();
  readonly #viewers = new Set<Viewer>();
  /** Connections of viewers, and of those that may become one. */
  #connections = 0;

  constructor(options: HttpAppOptions, access: Access, limits: StatelyLimits) {
    const { engine, stopping } = options;
    this.#options = options;
    this.#access = access;
    this.#limits = limits;
    this.#teller = new Teller(engine.inside, maskingOf(options));
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.incomingBytesMax,
      handleProtocols: (protocols) => protocolOf(protocols) ?? false,
    });
    this.#sockets.on('wsClientError', (error, socket, incoming) =>
      this.#refuse(new Refusal('malformed_request', error.message), socket, incoming),
    );
    this.#search = z.strictObject({ actor: actorSchema(engine.app).optional() });
    stopping.addEventListener('abort', () => {
      for (const viewer of this.#viewers) viewer.end('goingAway');
    });
  }

  takes({ method, url = '', headers }: IncomingMessage): boolean {
    return (
      method === 'GET' &&
      headers.upgrade?.toLowerCase() === 'websocket' &&
      PATH_ONLY.exec(url)?.[0] === STATELY_PATH
    );
  }

  open(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#admit(incoming, socket, head).catch((error: unknown) =>
      this.#refuse(error, socket, incoming),
    );
  }

  async #admit(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { stopping, corsOrigins } = this.#options;
    const { headers } = incoming;
    await this.#access.caller({ headers: withBearer(headers) });
    checkOrigin(headers, corsOrigins);
    const { actor = null } = readSearch(incoming, this.#search);
    // Gone meanwhile, and its end was told.
    if (socket.destroyed) return;
    if (this.#connections >= this.#limits.viewersMax || stopping.aborted) throw noRoomFor('viewer');
    this.#connections++;
    socket.once('close', () => {
      this.#connections--;
    });
    await this.#withChannel(actor, (channel) => {
      if (stopping.aborted) throw noRoomFor('viewer');
      this.#sockets.handleUpgrade(incoming, socket, head, (peer) => this.#show(channel, peer));
    });
  }

  #show(channel: StatelyChannel, peer: WebSocket): void {
    const viewer = new Viewer(peer, this.#limits);
    this.#viewers.add(viewer);
    peer.once('close', () => {
      this.#viewers.delete(viewer);
      channel.leave(viewer);
    });
    channel.join(viewer);
  }

  /**
   * Those who look at the same look at one channel: it has not ended when it is used, and ends where
   * nobody came of that.
   * @throws StoreUnavailable, and what `use` throws
   */
  async #withChannel(actor: Address | null, use: (channel: StatelyChannel) => void): Promise<void> {
    const key = actor === null ? '' : actorKey(actor);
    for (;;) {
      const opening = this.#channels.get(key) ?? this.#open(key, actor);
      const channel = await opening;
      if (channel.isEnded) {
        // Its last viewer left meanwhile.
        this.#forget(key, opening);
        continue;
      }
      try {
        return use(channel);
      } finally {
        channel.endUnused();
      }
    }
  }

  #open(key: string, actor: Address | null): Promise<StatelyChannel> {
    const { engine, log, stopping } = this.#options;
    const onEnd = (error: unknown): void => {
      this.#forget(key, opening);
      if (error) log.error({ err: error }, 'the inspection feed broke off');
    };
    const tools = { engine, stopping, limits: this.#limits, teller: this.#teller, onEnd };
    const opening = StatelyChannel.open(tools, actor);
    this.#channels.set(key, opening);
    opening.catch(() => this.#forget(key, opening));
    return opening;
  }

  #forget(key: string, opening: Promise<StatelyChannel>): void {
    if (this.#channels.get(key) === opening) this.#channels.delete(key);
  }

  #refuse(error: unknown, socket: Duplex, incoming: IncomingMessage): void {
    const { problem, headers } = faultProblem(error, incoming, this.#options.log);
    // One that keeps its side open is not waited for.
    socket.once('finish', () => socket.destroy());
    endWith(socket, problem, headers);
  }
}
