/** Within this, every method of the store has settled, waiting for a connection included. */
export const CALL_MS = 1000;

/** What a call that waited for a connection still has for its answer. */
const ANSWER_MS_MIN = 250;

/** How long a call waits for a connection. With the time for its answer it is {@link CALL_MS}. */
export const CONNECT_WAIT_MS = CALL_MS - ANSWER_MS_MIN;

/** How long opening a store waits for a server that does not answer yet. */
export const OPEN_MS = 5000;

/** How long replicas may take to confirm a commit; the connection stands still meanwhile. */
export const REPLICAS_MS = 250;

/** How often a connection that only listens is asked whether it still is one. */
export const LISTEN_CHECK_MS = 2000;

/** The first pause before connecting again; each further one is twice as long, up to the last. */
export const RECONNECT_MS_MIN = 20;
export const RECONNECT_MS_MAX = 250;

/** The pause before a further try to connect. */
export function reconnectDelayMs(tries: number): number {
  return Math.min(RECONNECT_MS_MIN * 2 ** Math.min(tries - 1, 8), RECONNECT_MS_MAX);
}
