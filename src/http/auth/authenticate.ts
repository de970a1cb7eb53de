import type { IncomingHttpHeaders } from 'node:http';
import type { JSONWebKeySet } from 'jose';
import { Refusal } from '../problem.ts';
import { isLoopbackHost } from './loopback.ts';
import { createTokenCheck } from './tokens.ts';

/** What a server takes as proof of who calls. With neither, it is open to its own machine. */
export interface Credentials {
  /** Bearer tokens, compared as they are. */
  readonly tokens: readonly string[];
  /** How JSON web tokens are verified; `null` takes none. */
  readonly jwt: JwtKeys | null;
}

/** An HS256 secret, or public keys for RS256, ES256 and EdDSA. */
export type JwtKeys =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'jwks'; readonly jwks: JSONWebKeySet };

/** What access is decided by. */
export interface Asking {
  readonly headers: IncomingHttpHeaders;
}

/** The check that runs before all others. */
export interface Access {
  /**
   * Who calls, as a principal: idempotency keys are the principal's own.
   * @throws Refusal, or rejects with one: `unauthenticated`, or `forbidden` for a foreign host
   */
  caller(incoming: Asking): string | Promise<string>;
  /**
   * Admits those who need no credentials: to health checks, the contract and its page.
   * @throws Refusal `forbidden` for a foreign host
   */
  visitor(incoming: Asking): void;
}

/** Verifies one bearer token; `null` when it is not valid. */
export type TokenVerifier = (token: string) => string | null | Promise<string | null>;

/** Whether whoever reaches the server may use it. */
export function isOpen({ tokens, jwt }: Credentials): boolean {
  return tokens.length === 0 && jwt === null;
}

/** The access check for a server's credentials. */
export async function createAccess(credentials: Credentials): Promise<Access> {
  if (isOpen(credentials)) return OPEN_ACCESS;
  const knownToken = createTokenCheck(credentials.tokens);
  const { jwt } = credentials;
  // Loaded where it is used: a server with plain tokens starts without it.
  const verify = jwt && (await import('./jwt.ts')).createJwtVerifier(jwt);
  return {
    caller(incoming) {
      const token = bearer(incoming);
      const principal = knownToken(token) ?? verify?.(token) ?? null;
      return principal instanceof Promise ? principal.then(orInvalid) : orInvalid(principal);
    },
    visitor() {},
  };
}

/**
 * Without credentials whoever reaches the loopback address may call, except a web page: one that
 * made its own name resolve to loopback still sends that name as the host.
 */
const OPEN_ACCESS: Access = {
  caller(incoming) {
    refuseForeignHost(incoming);
    return 'anonymous';
  },
  visitor: refuseForeignHost,
};

function refuseForeignHost(incoming: Asking): void {
  const { host } = incoming.headers;
  if (host !== undefined && !isLoopbackHost(host)) {
    throw new Refusal('forbidden', 'Without credentials only loopback hosts are served');
  }
}

function bearer(incoming: Asking): string {
  const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(incoming.headers.authorization ?? '')?.[1];
  if (token === undefined) {
    throw new Refusal('unauthenticated', 'A bearer token is needed', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  return token;
}

function orInvalid(principal: string | null): string {
  if (principal !== null) return principal;
  throw new Refusal('unauthenticated', 'The bearer token is not valid', {
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });
}
