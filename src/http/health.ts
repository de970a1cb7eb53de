import type { Services } from './context.ts';
import { READ_HEADERS } from './reply.ts';

/** `GET /livez`: the process serves. */
export function live(): Response {
  return new Response('{"status":"ok"}', { headers: READ_HEADERS });
}

/** `GET /readyz`: whether commands can be taken; `503` names the check that fails. */
export function readiness({ engine, log, stopping }: Services): () => Promise<Response> {
  let running: Promise<string | null> | null = null;
  const checkStore = async (): Promise<string | null> => {
    try {
      await engine.ready();
      return null;
    } catch (error) {
      log.warn({ err: error }, 'not ready');
      return 'out of reach';
    } finally {
      running = null;
    }
  };
  return async () => {
    if (stopping.aborted) return notReady({ node: 'shutting down' });
    // However many ask at once, the store is asked once: this route needs no credentials.
    running ??= checkStore();
    const fault = await running;
    if (fault !== null) return notReady({ store: fault });
    return new Response('{"status":"ok"}', { headers: READ_HEADERS });
  };
}

function notReady(failing: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify({ status: 'unavailable', failing }), {
    status: 503,
    headers: READ_HEADERS,
  });
}
