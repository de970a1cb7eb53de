import { type Context, Hono } from 'hono';
import { inspectorPage } from '../inspector/page.ts';
import { API_PATH, INSPECTOR_PATH, PAGE_PATHS } from '../inspector/protocol.ts';
import { inspectorRoutes } from '../inspector/routes.ts';
import { type Access, type Credentials, createAccess, isOpen } from './auth/authenticate.ts';
import { createPageCheck } from './auth/foreign-page.ts';
import { BATCH_ROUTE, batchHandler } from './batch/handler.ts';
import { ASYNC_ROUTE, asyncHandler, COMMAND_ROUTE, commandHandler } from './commands.ts';
import type { HttpEnv, SecuredHandler, Services, Serving } from './context.ts';
import { crossOrigin } from './cross-origin.ts';
import { docsRoutes } from './docs/routes.ts';
import { EVENTS_ROUTE, eventsHandler } from './events/handler.ts';
import { faultResponse } from './fault-response.ts';
import { live, readiness } from './health.ts';
import { Meters } from './meters.ts';
import { METRICS_ROUTE, metricsHandler } from './metrics.ts';
import {
  DEAD_LETTERS_ROUTE,
  DISCARD_ROUTE,
  deadLettersHandler,
  INSTANCES_ROUTE,
  instancesHandler,
  POLICIES_ROUTE,
  policiesHandler,
  RETRY_ROUTE,
  settleHandler,
} from './policies.ts';
import {
  ABANDON_ROUTE,
  abandonHandler,
  PROJECTIONS_ROUTE,
  projectionsHandler,
  REBUILD_ROUTE,
  rebuildHandler,
} from './projections.ts';
import { queryHandler, queryRoute, TRAIL_ROUTE, trailHandler } from './queries.ts';
import { noRoute } from './routing.ts';
import {
  REMOVE_SUBSCRIBER_ROUTE,
  removeSubscriberHandler,
  SUBSCRIBERS_ROUTE,
  subscribersHandler,
} from './subscribers.ts';

/** What an HTTP app is made of. */
export interface HttpAppOptions extends Services {
  readonly credentials: Credentials;
  /** Web origins whose pages may call; none by default. */
  readonly corsOrigins: readonly string[];
}

/** Routes and handlers; `startServer` listens for them. */
export type HttpApp = Hono<HttpEnv>;

/**
 * The HTTP contract over an engine. A route that carries commands has one handler and no
 * middleware: a chain would cost more than the handler.
 */
export async function createHttpApp(options: HttpAppOptions): Promise<HttpApp> {
  const { engine, log } = options;
  const access = await createAccess(options.credentials);
  const secured = securing(access);
  const app: HttpApp = new Hono();
  const serving: Serving = { ...options, meters: new Meters(engine.app) };
  if (options.corsOrigins.length > 0) app.use(crossOrigin(options.corsOrigins));
  app.post(COMMAND_ROUTE, secured(commandHandler(serving)));
  app.post(BATCH_ROUTE, secured(batchHandler(serving)));
  app.get(ASYNC_ROUTE, secured(asyncHandler(engine)));
  app.get(TRAIL_ROUTE, secured(trailHandler(engine)));
  app.get(EVENTS_ROUTE, secured(eventsHandler(serving)));
  mountPolicyRoutes(app, secured, options);
  for (const query of engine.app.queries) {
    app.get(queryRoute(query), secured(queryHandler(serving, query)));
  }
  app.get(METRICS_ROUTE, secured(metricsHandler(serving)));
  mountOpenRoutes(app, opening(access), options);
  const lost = mountInspector(app, secured, opening(access), serving);
  const nowhere = secured(noRoute(app, engine));
  app.notFound(async (context) => {
    try {
      return await (isLost(context) ? lost : nowhere)(context);
    } catch (error) {
      // Not thrown on: the router would drop the headers meant for a foreign origin.
      return faultResponse(error, context.env.incoming, log);
    }
  });
  app.onError((error, context) => faultResponse(error, context.env.incoming, log));
  return app;
}

/** How policies fare, and what an operator does about it. */
function mountPolicyRoutes(
  app: HttpApp,
  secured: ReturnType<typeof securing>,
  { engine, credentials, corsOrigins }: HttpAppOptions,
): void {
  const checkPage = createPageCheck(isOpen(credentials), corsOrigins);
  app.get(POLICIES_ROUTE, secured(policiesHandler(engine)));
  app.get(INSTANCES_ROUTE, secured(instancesHandler(engine)));
  app.get(DEAD_LETTERS_ROUTE, secured(deadLettersHandler(engine)));
  app.post(RETRY_ROUTE, secured(settleHandler(engine, 'retry', checkPage)));
  app.post(DISCARD_ROUTE, secured(settleHandler(engine, 'discard', checkPage)));
  app.get(PROJECTIONS_ROUTE, secured(projectionsHandler(engine)));
  app.post(REBUILD_ROUTE, secured(rebuildHandler(engine, checkPage)));
  app.post(ABANDON_ROUTE, secured(abandonHandler(engine, checkPage)));
  app.get(SUBSCRIBERS_ROUTE, secured(subscribersHandler(engine)));
  app.post(REMOVE_SUBSCRIBER_ROUTE, secured(removeSubscriberHandler(engine, checkPage)));
}

/**
 * The inspector: its page needs no credentials, what it shows does. The page is one for all of its
 * addresses, which no route of its own has.
 * @returns what answers people who came to none of them
 */
function mountInspector(
  app: HttpApp,
  secured: ReturnType<typeof securing>,
  open: ReturnType<typeof opening>,
  serving: Serving,
): PlainHandler {
  for (const [method, path, handler] of inspectorRoutes(serving)) {
    app[method](path, secured(handler));
  }
  const { page, nowhere, files } = inspectorPage();
  for (const [route, handler] of files) app.get(route, open(handler));
  app.get(INSPECTOR_PATH, open(page));
  app.get(`${INSPECTOR_PATH}/`, open(to(INSPECTOR_PATH)));
  for (const path of PAGE_PATHS) app.get(`${INSPECTOR_PATH}${path}`, open(page));
  return open(nowhere);
}

/** Whether a browser was led to an address below the inspector's page: its user wants to read why. */
function isLost({ req }: Context<HttpEnv>): boolean {
  const isBelow = req.path.startsWith(`${INSPECTOR_PATH}/`) && !req.path.startsWith(API_PATH);
  return isBelow && req.method === 'GET' && req.header('accept')?.includes('text/html') === true;
}

/** What needs no credentials: health checks, the contract, and the page to read it. */
function mountOpenRoutes(
  app: HttpApp,
  open: ReturnType<typeof opening>,
  options: HttpAppOptions,
): void {
  // Who opens the server's address in a browser wants to see what is there.
  app.get('/', open(to('/docs')));
  app.get('/livez', open(live));
  app.get('/readyz', open(readiness(options)));
  app.get('/openapi.json', open(contract(options)));
  for (const [route, handler] of docsRoutes()) app.get(route, open(handler));
}

/** `GET /openapi.json`: written when it is first asked for. */
function contract({ engine, credentials }: HttpAppOptions): () => Promise<Response> {
  let document: Promise<string> | null = null;
  return async () => {
    document ??= import('./openapi/document.ts').then(({ openApiDocument }) =>
      openApiDocument(engine.app, isOpen(credentials)),
    );
    return new Response(await document, { headers: { 'content-type': 'application/json' } });
  };
}

type PlainHandler = (context: Context<HttpEnv>) => Response | Promise<Response>;

/** Makes a handler run only for those with credentials. */
function securing(access: Access): (handler: SecuredHandler) => PlainHandler {
  return (handler) => (context) => {
    const caller = access.caller(context.env.incoming);
    return typeof caller === 'string'
      ? handler(context, caller)
      : caller.then((principal) => handler(context, principal));
  };
}

/** Makes a handler run without credentials. */
function opening(access: Access): (handler: PlainHandler) => PlainHandler {
  return (handler) => (context) => {
    access.visitor(context.env.incoming);
    return handler(context);
  };
}

/** Leads elsewhere. */
function to(location: string): () => Response {
  return () => new Response(null, { status: 302, headers: { location } });
}
