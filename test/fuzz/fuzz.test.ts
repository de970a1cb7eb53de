import { describe, expect, test, vi } from 'vitest';
import { fuzzAll } from './campaign.ts';
import { Schemas } from './schema.ts';

const SEED = Number(process.env.SEED ?? 20_250_610);

// Seconds, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 120_000 });

/** A slice of what `npm run fuzz` does. */
describe('requests of every kind, good, bad and broken', () => {
  test.each([
    { store: 'embedded', hasCredentials: false },
    { store: 'redis', hasCredentials: true },
  ] as const)('$store, with credentials: $hasCredentials', async (subject) => {
    const told: string[] = [];
    const tell = (line: string) => void told.push(line);
    const isSound = await fuzzAll({ requests: 1_500, seed: SEED, tell, subjects: [subject] });
    expect(isSound, told.join('\n')).toBe(true);
  });
});

describe('the check of answers', () => {
  const schemas = new Schemas({
    Item: {
      type: 'object',
      properties: {
        id: { type: 'string', maxLength: 2 },
        of: { $ref: '#/components/schemas/Item' },
      },
      required: ['id'],
      additionalProperties: false,
    },
  });
  const check = schemas.check({ type: 'array', items: { $ref: '#/components/schemas/Item' } });

  test('takes what fits', () => {
    expect(check([{ id: '😀😀' }, { id: '', of: { id: 'a' } }])).toBeNull();
  });

  test.each([
    [{}, ': no array'],
    [[{}], '.0.id: missing'],
    [[{ id: 'abc' }], '.0.id: length, 2'],
    [[{ id: 'a', of: { id: 1 } }], '.0.of.id: no string'],
    [[{ id: 'a', more: 1 }], '.0.more: unknown member'],
    [[JSON.parse('{"id":"a","__proto__":1}')], '.0.__proto__: unknown member'],
  ])('says what does not fit: %j', (value, fault) => {
    expect(check(value)).toBe(fault);
  });

  test('refuses a keyword that it does not know', () => {
    expect(() => schemas.check({ type: 'string', contentEncoding: 'base64' })).toThrow('known');
  });
});
