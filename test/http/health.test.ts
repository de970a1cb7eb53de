import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { fakeEngine } from './fake-engine.ts';
import { readObject, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const get = async (path: string) => readObject(await fetch(server.url + path));

describe('health', () => {
  it('is good', async () => {
    expect(await get('/livez')).toEqual({ status: 'ok' });
    expect(await get('/readyz')).toEqual({ status: 'ok' });
  });

  it('names the store when it is out of reach', async () => {
    const engine = fakeEngine({ ready: () => Promise.reject(new StoreUnavailable('down', 'no')) });
    const faulty = await startTestServer({ engine });
    const response = await fetch(`${faulty.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'unavailable',
      failing: { store: 'out of reach' },
    });
    expect((await fetch(`${faulty.url}/livez`)).status).toBe(200);
    await faulty.close();
  });

  it('asks the store once for many that ask at once', async () => {
    let asked = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const engine = fakeEngine({
      ready: () => {
        asked++;
        return held;
      },
    });
    const busy = await startTestServer({ engine });
    const answers = Array.from({ length: 10 }, () => fetch(`${busy.url}/readyz`));
    while (asked === 0 || (await busy.connections()) < 10) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    release();
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect(asked).toBeLessThan(10);
    await busy.close();
  });

  it('is not ready once the server stops', async () => {
    const stopping = await startTestServer({ engine: fakeEngine() });
    stopping.stop();
    const response = await fetch(`${stopping.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ failing: { node: 'shutting down' } });
    await stopping.close();
  });
});
