import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import type { HttpAppOptions } from '../../http/app.ts';
import { type Access, createAccess } from '../../http/auth/authenticate.ts';
import { endWith } from '../../http/broken-request.ts';
import { actorSchema, noRoomFor } from '../../http/events/request.ts';
import { faultProblem } from '../../http/fault-response.ts';
import { Refusal } from '../../http/problem.ts';
import { readSearch } from '../../http/reading.ts';
import type { Upgrades } from '../../http/upgrade.ts';
import { LiveChannel } from '../live/channel.ts';
import { Channels } from '../live/channels.ts';
import { maskingOf } from '../mask.ts';
import { StatelyFraming } from './framing.ts';
import { checkOrigin, protocolOf, withBearer } from './handshake.ts';
import { STATELY_LIMITS, type StatelyLimits } from './limits.ts';
import { Teller } from './telling.ts';
import { type Frame, Viewer } from './viewer.ts';

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
  readonly #sockets: WebSocketServer;
  readonly #search;
  readonly #channels: Channels<Frame>;
  readonly #viewers = new Set<Viewer>();
  /** Connections of viewers, and of those that may become one. */
  #connections = 0;

  constructor(options: HttpAppOptions, access: Access, limits: StatelyLimits) {
    const { engine, stopping, log } = options;
    const teller = new Teller(engine.inside, maskingOf(options));
    this.#options = options;
    this.#access = access;
    this.#limits = limits;
    this.#channels = new Channels(
      (actor, onEnd) => {
        const framing = new StatelyFraming(teller, limits, actor);
        return LiveChannel.open({ engine, limits, framing, onEnd }, actor);
      },
      (err) => log.error({ err }, 'the inspection feed broke off'),
    );
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
    const { channel, release } = await this.#channels.use(actor);
    // Its end may have been told meanwhile.
    if (socket.closed) return release();
    socket.once('close', release);
    if (stopping.aborted) throw noRoomFor('viewer');
    this.#sockets.handleUpgrade(incoming, socket, head, (peer) => {
      const viewer = new Viewer(peer, socket, this.#limits);
      this.#viewers.add(viewer);
      peer.once('close', () => {
        this.#viewers.delete(viewer);
        channel.leave(viewer);
      });
      channel.join(viewer);
    });
  }

  #refuse(error: unknown, socket: Duplex, incoming: IncomingMessage): void {
    const { problem, headers } = faultProblem(error, incoming, this.#options.log);
    // One that keeps its side open is not waited for.
    socket.once('finish', () => socket.destroy());
    endWith(socket, problem, headers);
  }
}
