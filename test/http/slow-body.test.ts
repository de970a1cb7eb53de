import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientGone, readBody } from '../../src/http/body.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a body that does not arrive', () => {
  it('is given up in time', async () => {
    const incoming = new IncomingMessage(new Socket());
    const body = readBody(incoming, 100);
    incoming.push('{');
    const refused = expect(body).rejects.toMatchObject({ code: 'malformed_request' });
    vi.advanceTimersByTime(HTTP_LIMITS.bodyMsMax);
    await refused;
  });

  it('is not waited for once its client is gone', async () => {
    const incoming = new IncomingMessage(new Socket());
    const body = readBody(incoming, 100);
    incoming.destroy();
    await expect(body).rejects.toBeInstanceOf(ClientGone);
    await expect(readBody(incoming, 100)).rejects.toBeInstanceOf(ClientGone);
    expect(vi.getTimerCount()).toBe(0);
  });
});
