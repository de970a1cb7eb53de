import { readFileSync } from 'node:fs';

const FILES = {
  '/docs': ['index.html', 'text/html; charset=utf-8'],
  '/docs/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/docs/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/docs/operation.js': ['operation.js', 'text/javascript; charset=utf-8'],
  '/docs/schema.js': ['schema.js', 'text/javascript; charset=utf-8'],
  '/docs/elements.js': ['elements.js', 'text/javascript; charset=utf-8'],
  '/docs/icon.svg': ['icon.svg', 'image/svg+xml'],
} as const;

/** Nothing from elsewhere, nothing inline, nowhere framed. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page to read and try the API, by route: all of it comes from this package. */
export function docsRoutes(): [route: string, handler: () => Response][] {
  return Object.entries(FILES).map(([route, [file, type]]) => {
    const bytes = readFileSync(new URL(`./web/${file}`, import.meta.url));
    const headers = {
      'content-type': type,
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    };
    return [route, () => new Response(bytes, { headers })];
  });
}
