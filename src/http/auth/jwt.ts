import { hash } from 'node:crypto';
import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { HTTP_LIMITS } from '../limits.ts';
import type { JwtKeys, TokenVerifier } from './authenticate.ts';

interface Verified {
  readonly principal: string;
  /** Milliseconds since 1970; infinite for a token without an end. */
  readonly expiresAt: number;
}

/**
 * Verifies JSON web tokens: signature, algorithm, times, and a subject, which is the principal.
 * A verified token is remembered by its digest until it expires: verifying one costs more than
 * the rest of a command's way through this layer.
 */
export function createJwtVerifier(keys: JwtKeys): TokenVerifier {
  const verify = signatureCheck(keys);
  const verified = new LRUCache<string, Verified>({ max: HTTP_LIMITS.verifiedTokensMax });
  return (token) => {
    const digest = hash('sha256', token, 'base64');
    const known = verified.get(digest);
    if (known) return known.expiresAt > Date.now() ? known.principal : null;
    return verify(token).then((payload) => {
      // Only said to be a text: a signed token may hold anything there, and two must not be one.
      const subject: unknown = payload?.sub;
      if (!payload || typeof subject !== 'string' || subject === '') return null;
      const expiresAt = payload.exp === undefined ? Number.POSITIVE_INFINITY : payload.exp * 1000;
      const entry = { principal: `jwt:${subject}`, expiresAt };
      verified.set(digest, entry);
      return entry.principal;
    });
  };
}

/** The payload of a valid token; `null` for one that is not. */
function signatureCheck(keys: JwtKeys): (token: string) => Promise<JWTPayload | null> {
  const check = keys.kind === 'secret' ? secretCheck(keys.secret) : keySetCheck(keys.jwks);
  return async (token) => {
    try {
      return (await check(token)).payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  };
}

function secretCheck(secret: string) {
  const key = new TextEncoder().encode(secret);
  return (token: string) => jwtVerify(token, key, { algorithms: ['HS256'] });
}

function keySetCheck(jwks: Extract<JwtKeys, { kind: 'jwks' }>['jwks']) {
  const keySet = createLocalJWKSet(jwks);
  const algorithms = ['RS256', 'ES256', 'EdDSA'];
  return (token: string) => jwtVerify(token, keySet, { algorithms });
}
