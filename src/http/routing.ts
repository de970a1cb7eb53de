import type { Engine } from '../engine/engine.ts';
import type { HttpApp } from './app.ts';
import type { SecuredHandler } from './context.ts';
import { Refusal } from './problem.ts';

const METHODS = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'] as const;

/** What no route took: a known path with another method, or nothing at all. */
export function noRoute(app: HttpApp, engine: Engine): SecuredHandler {
  return ({ req: { path } }) => {
    const command = /^\/v1\/commands\/([^/]+)$/.exec(path)?.[1];
    if (command !== undefined && engine.knows(command)) throw methodNotAllowed(['POST']);
    const allowed = METHODS.filter((method) => hasRoute(app, method, path));
    if (allowed.length === 0) throw new Refusal('not_found', 'There is no such route');
    throw methodNotAllowed(allowed);
  };
}

/** The refusal of a method that a known route does not have. `HEAD` comes with `GET`. */
export function methodNotAllowed(allowed: readonly string[]): Refusal {
  const methods = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return new Refusal('method_not_allowed', `This route takes ${methods.join(', ')}`, {
    headers: { allow: methods.join(', ') },
  });
}

/** Middleware is in the router under every method, and answers nothing by itself. */
function hasRoute(app: HttpApp, method: string, path: string): boolean {
  const [handlers] = app.router.match(method, path);
  return handlers.some(([[, route]]) => route.method === method);
}
