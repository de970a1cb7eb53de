/** Accounts that there are not. */
export const NOBODY = ['nobody', 'A', 'z'.repeat(64), '-', '__proto__', 'constructor'];

/** Parts of paths that hardly name anything. */
export const BAD_SEGMENTS = [
  '%zz',
  '%',
  '%00',
  '%C3%28',
  '%E2%82',
  '%2e%2e',
  '..%2f..%2fetc%2fpasswd',
  '%F0%9F%98%80',
  'a%20b',
  'a'.repeat(65),
  'a'.repeat(3_000),
  '%ED%A0%80',
  ':id',
  '*',
  '{id}',
  'a;b=c',
  "'--",
];

/** Ways to say that a body is JSON. */
export const JSON_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON;x=y',
];

/** Media types that no route takes. */
export const OTHER_TYPES = [
  'text/plain',
  'application/json; charset=latin1',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'application/jsonx',
  '/',
  '',
];

/** Methods that a parser knows. */
export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'QUERY',
];

/** Hosts that this machine has. */
export const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST', 'a.localhost'];

/** Hosts that look as if it had them. */
export const FOREIGN = [
  'evil.example',
  '127.0.0.1.evil.example',
  '10.0.0.1',
  'localhost.evil.example',
];

/** What is no limit of a page. */
export const BAD_NUMBERS = [
  '0',
  '201',
  '-1',
  '1.5',
  '1e2',
  '007',
  '+5',
  ' 5',
  '5 ',
  '',
  'x',
  '９',
  '9'.repeat(30),
  'NaN',
  '0x10',
  '[]',
];

/** What is served without being in the contract, and what is not served at all. */
export const ELSEWHERE = [
  '/',
  '/inspector',
  '/inspector/',
  '/inspector/api',
  '/inspector/api/actors',
  '/inspector/../v1/policies',
  '/docs/',
  '/docs/page.js',
  '/docs/page.css',
  '/docs/..%2f..%2fpackage.json',
  '/docs/%2e%2e/%2e%2e/package.json',
  '/docs/%00',
  '/metrics',
  '/metrics?name[]=x',
  '/metrics/',
  '/favicon.ico',
  '/v1',
  '/v1/',
  '/v2/commands/FollowAccount',
  '/v1/commands/',
  '/v1//commands',
  '/v1/accounts/',
  '/v1/accounts//followers',
  '//evil.example/v1',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/../../etc/passwd',
  '/__proto__',
  '/constructor/prototype',
  '/%',
  '/%FF%FE',
  '/*',
  '*',
  'http://127.0.0.1/v1/policies',
  'http://evil.example/v1/policies',
  '/?__proto__[x]=1',
  '/livez?x=1',
  '/openapi.json/',
  '/OPENAPI.JSON',
  `/${'a/'.repeat(300)}`,
  `/${'a'.repeat(7_000)}`,
] as const;

/** Where something may be served. */
export const ELSEWHERE_PARTS = [
  'inspector',
  'inspector/api',
  'docs',
  'metrics',
  'v1',
  'v1/policies',
  'x',
];
