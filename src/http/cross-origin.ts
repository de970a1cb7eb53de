import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';

/** Lets pages of other origins call. Mounted only where origins are named. */
export function crossOrigin(origins: readonly string[]): MiddlewareHandler {
  return cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD', 'POST'],
    allowHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-Match',
      'Last-Event-ID',
      'Min-Position',
      'Prefer',
      'traceparent',
    ],
    exposeHeaders: ['Allow', 'ETag', 'Idempotency-Replayed', 'Location', 'Retry-After'],
    maxAge: 600,
  });
}
