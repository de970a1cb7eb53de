import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { INSPECTOR_PATH } from './protocol.ts';

/** Nothing from elsewhere, no script that is not a file, nowhere framed. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Places and sizes of rows and charts are set on their elements, by script alone.
  "style-src-attr 'none'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const SECURE = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Where the built page lies: beside this file, or in dist/ where the sources are run. */
const PLACES = ['./web/', '../../dist/src/inspector/web/'].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);

/** The page and its files, by path: read once. Its addresses below `/inspector` are all one page. */
export function inspectorPage(): {
  readonly page: () => Response;
  /** The same for addresses that are none of the page's: it tells people so. */
  readonly nowhere: () => Response;
  readonly files: readonly (readonly [route: string, handler: () => Response])[];
} {
  const place = PLACES.find((each) => existsSync(`${each}assets`));
  if (place === undefined) return { page: notBuilt, nowhere: notBuilt, files: [] };
  const html = readFileSync(`${place}index.html`);
  const files = readdirSync(`${place}assets`).map((name) => {
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    const bytes = readFileSync(`${place}assets/${name}`);
    // Its name changes with what is in it.
    const cached = { 'cache-control': 'public, max-age=31536000, immutable' };
    const headers = { ...SECURE, ...cached, 'content-type': type };
    return [`${INSPECTOR_PATH}/assets/${name}`, () => new Response(bytes, { headers })] as const;
  });
  const headers = {
    ...SECURE,
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
  };
  return {
    page: () => new Response(html, { headers }),
    nowhere: () => new Response(html, { headers, status: 404 }),
    files,
  };
}

function notBuilt(): Response {
  return new Response('The inspector is not built. Run: npm run build\n', {
    status: 503,
    headers: { ...SECURE, 'content-type': 'text/plain; charset=utf-8' },
  });
}
