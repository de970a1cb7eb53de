import type { Settings, StoreSettings } from '../config.ts';
import type { App } from '../define/index.ts';
import { isOpen } from './auth/authenticate.ts';
import type { HttpServer } from './server.ts';

/** What a server says when it serves: where, and how to send a first command. */
export function greeting(app: App, settings: Settings, server: HttpServer): string {
  const url = reachableUrl(server);
  const policies = app.policies.size === 0 ? '' : `\n  policies  ${url}/v1/policies`;
  return `Everstate serves on ${url}
  store     ${describeStore(settings.store)}
  docs      ${url}/docs
  API       ${url}/openapi.json
  inspector ${url}/inspector${policies}
${firstCommand(app, url, isOpen(settings.credentials))}
`;
}

/** The first command of the app that has an example, ready to be sent; nothing where none has. */
function firstCommand(app: App, url: string, isOpenToAll: boolean): string {
  const token = isOpenToAll ? '' : " -H 'authorization: Bearer <token>'";
  for (const [name, aggregate] of app.commands) {
    const example = aggregate.commands[name]?.example ?? null;
    if (example === null) continue;
    const body = JSON.stringify(example).replaceAll("'", "'\\''");
    return `
Send a first command:
  curl -X POST ${url}/v1/commands/${name} -H 'content-type: application/json'${token} -d '${body}'
`;
  }
  return '';
}

function describeStore(store: StoreSettings): string {
  switch (store.kind) {
    case 'embedded':
      return `embedded, in ${store.dir}`;
    case 'redis':
      return `Redis, at ${store.url.split(',').map(hostOf).join(', ')}`;
    case 'memory':
      return 'memory: nothing is kept when the process ends';
  }
}

/** Without what may be a password. */
function hostOf(url: string): string {
  return new URL(url.trim()).host;
}

/** One that listens on every address is shown by a name that a client can use. */
function reachableUrl({ url, port }: HttpServer): string {
  return /\/\/(?:0\.0\.0\.0|\[::\]):/.test(url) ? `http://localhost:${port}` : url;
}
