import { readdirSync, readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { app as domain } from '../../machines/index.ts';
import { readObject, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const get = async (path: string) => readObject(await fetch(server.url + path));

describe('the OpenAPI document', () => {
  it('is valid, and has a path for each command, each query and each other route', async () => {
    const document = await get('/openapi.json');
    const { valid, errors } = await new Validator().validate(document);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
    const paths = z.record(z.string(), z.unknown()).parse(document.paths);
    const expected = [
      ...[...domain.commands.keys()].map((name) => `/v1/commands/${name}`),
      ...domain.queries.map(({ route }) => route),
      ...['/v1/commands', '/v1/commands/{commandId}', '/v1/actors/{type}/{id}/events'],
      ...['/v1/events', '/v1/policies', '/v1/policies/{name}/instances', '/v1/dead-letters'],
      ...['/v1/dead-letters/{id}/retry', '/v1/dead-letters/{id}/discard'],
      ...['/v1/subscribers', '/v1/subscribers/{name}/remove'],
      ...['/v1/projections', '/v1/projections/{name}/rebuild'],
      '/v1/projections/{name}/rebuild/abandon',
      ...['/metrics', '/livez', '/readyz', '/openapi.json', '/docs'],
    ];
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(expected));
  });

  it.each([200, 202, 409])('tells of the header of a replayed %s', async (status) => {
    const { paths } = await get('/openapi.json');
    const headers = z.looseObject({ 'Idempotency-Replayed': z.object() });
    const responses = z.looseObject({ [status]: z.looseObject({ headers }) });
    const route = z.looseObject({ post: z.looseObject({ responses }) });
    expect(() => z.looseObject({ '/v1/commands/FollowAccount': route }).parse(paths)).not.toThrow();
  });

  it('has references that lead somewhere, in both directions', async () => {
    const document = await get('/openapi.json');
    const text = JSON.stringify(document);
    const { schemas } = z
      .object({ schemas: z.record(z.string(), z.unknown()) })
      .parse(document.components);
    const referred = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(referred.length).toBeGreaterThan(50);
    for (const name of referred) expect(Object.keys(schemas)).toContain(name);
  });

  it('asks for credentials only where the server does', async () => {
    expect(await get('/openapi.json')).toMatchObject({ security: [] });
    const closed = await startTestServer({ credentials: { tokens: ['t'], jwt: null } });
    const document = await readObject(await fetch(`${closed.url}/openapi.json`));
    expect(document).toMatchObject({ security: [{ bearer: [] }] });
    await closed.close();
  });
});

describe('the docs page', () => {
  it('comes whole from the package, under a policy that allows nothing else', async () => {
    const response = await fetch(`${server.url}/docs`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*|data:/);
    const html = await response.text();
    const linked = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(linked.length).toBeGreaterThan(2);
    for (const path of linked) {
      expect((await fetch(new URL(path, `${server.url}/docs`))).status, path).toBe(200);
    }
  });

  it('imports nothing that is not served, and names no other host', async () => {
    const folder = new URL('../../src/http/docs/web/', import.meta.url);
    for (const file of readdirSync(folder)) {
      const text = readFileSync(new URL(file, folder), 'utf8');
      expect(text.replaceAll('http://www.w3.org/2000/svg', ''), file).not.toMatch(/https?:\/\//);
      for (const [, name] of text.matchAll(/from '\.\/([^']+)'/g)) {
        expect((await fetch(`${server.url}/docs/${name}`)).status, `${file}: ${name}`).toBe(200);
      }
    }
  });
});
