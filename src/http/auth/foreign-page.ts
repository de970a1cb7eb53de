import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Refusal } from '../problem.ts';
import { isLoopbackHost } from './loopback.ts';

/** Whether a page of the server's own sent this, by what its browser says of it. */
export function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host?.toLowerCase();
}

/** @throws Refusal `forbidden` where a page sent the request that may not */
export type PageCheck = (incoming: IncomingMessage) => void;

/**
 * The check of a `POST` that has no body to tell of its media type: a browser sends it for any page
 * without asking the server first. With credentials it is not needed: a page does not have them.
 * @param origins whose pages may call
 */
export function createPageCheck(isOpen: boolean, origins: readonly string[]): PageCheck {
  if (!isOpen) return () => {};
  return ({ headers: { origin } }) => {
    if (origin === undefined || origins.includes(origin)) return;
    if (URL.canParse(origin) && isLoopbackHost(new URL(origin).host)) return;
    throw new Refusal('forbidden', 'Pages of other origins may not call');
  };
}
