import type { Settings, StoreSettings } from '../config.ts';
import { isOpen } from './auth/authenticate.ts';
import type { HttpServer } from './server.ts';

/** What a server says when it serves: where, and how to send a first command. */
export function greeting(settings: Settings, server: HttpServer): string {
  const url = reachableUrl(server);
  const token = isOpen(settings.credentials) ? '' : " -H 'authorization: Bearer <token>'";
  return `Everstate serves on ${url}
  store  ${describeStore(settings.store)}
  docs   ${url}/docs
  API    ${url}/openapi.json

Send a first command:
  curl -X POST ${url}/v1/commands/RegisterAccount -H 'content-type: application/json'${token} -d '{"email":"ada@example.org","username":"ada"}'

`;
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
