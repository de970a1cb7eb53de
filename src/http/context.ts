import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Engine } from '../engine/engine.ts';
import type { Log } from '../engine/runtime.ts';
import type { LiveLimits } from '../inspector/live/limits.ts';
import type { Meters } from './meters.ts';

/** What node gives a handler: the request and the response as node has them. */
export interface HttpEnv {
  Bindings: HttpBindings;
}

/** A handler that runs once it is known who calls. */
export type SecuredHandler = (
  context: Context<HttpEnv>,
  principal: string,
) => Response | Promise<Response>;

/** What the server tells its operator: also who changed what. */
export interface ServerLog extends Log {
  info(fields: object, message: string): void;
}

/** What the routes of one server share. */
export interface Services {
  readonly engine: Engine;
  readonly log: ServerLog;
  /** Aborted when the server begins to stop: nothing new is taken. */
  readonly stopping: AbortSignal;
  /** Whether the inspector shows what is personal; masked unless told. */
  readonly unmask?: boolean;
  /** Bounds of the inspector's live stream that are other than usual. */
  readonly liveLimits?: Partial<LiveLimits>;
}

/** The same for those that tell what is to be counted. */
export interface Serving extends Services {
  readonly meters: Meters;
}
