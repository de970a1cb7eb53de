import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Json } from '../../src/define/index.ts';
import { maskingOf, UNMASKED, unmasked } from '../../src/inspector/mask.ts';
import { textMask } from '../../src/inspector/mask-text.ts';
import { MASK } from '../../src/inspector/protocol.ts';
import { SEED } from '../faults/seed.ts';
import { fakeEngine } from '../http/fake-engine.ts';
import { createTestLog } from '../support/runtime.ts';

function masking(...personal: readonly string[]) {
  const engine = fakeEngine({});
  return maskingOf({
    engine: { ...engine, app: { ...engine.app, personal: new Set(personal) } },
    log: { ...createTestLog(), info: () => {} },
    stopping: new AbortController().signal,
  });
}

describe('what is personal', () => {
  const { value, text } = masking('phone', 'address');

  it('is masked where it stands, and wherever else its value occurs', () => {
    const data = {
      phone: '+49 123 456',
      note: 'Call +49 123 456 at night',
      parts: [{ address: { street: 'Main Street 1' }, label: 'to MAIN STREET 1.' }],
      missing: { phone: null },
    };
    expect(value(data)).toEqual({
      phone: MASK,
      note: `Call ${MASK} at night`,
      parts: [{ address: MASK, label: `to ${MASK}.` }],
      missing: { phone: null },
    });
  });

  it('is masked in an error, in the spellings that errors have', () => {
    const data = { phone: '+49 "1"/23' };
    expect(text(`no ${JSON.stringify(data)}`, data)).toBe(`no {"phone":"${MASK}"}`);
    expect(text(`GET /sms/${encodeURIComponent(data.phone)} failed`, data)).toBe(
      `GET /sms/${MASK} failed`,
    );
    expect(text('nothing of it', data)).toBe('nothing of it');
  });

  it('is masked in any case, also of letters that have more than two', () => {
    const long = '\u017f';
    expect(text('to MAIN STREET 1', { address: 'main street 1' })).toBe(`to ${MASK}`);
    expect(text('Main Street', { address: `main ${long}treet` })).toBe(MASK);
    expect(text(`Main ${long}treet`, { address: 'main street' })).toBe(MASK);
  });

  it('is masked as a word where it is short, and not at all where it tells nothing', () => {
    expect(text('ann annoys', { phone: 'ann' })).toBe(`${MASK} annoys`);
    expect(text('a is 12', { phone: 'a', address: 12 })).toBe('a is 12');
    expect(text('it has 123456', { phone: 123_456 })).toBe(`it has ${MASK}`);
  });

  it('is masked in the names of members, which stay apart', () => {
    const beside = { phone: ['first-number', 'second-number'] };
    expect(value({ 'first-number': 1, 'second-number': 2 }, beside)).toEqual({
      [MASK]: 1,
      [`${MASK} 2`]: 2,
    });
  });

  it('is told from email addresses: those are none, unless the app says so', () => {
    expect(text('ann@example.org wrote')).toBe('ann@example.org wrote');
  });
});

describe('an email', () => {
  const { text, claim } = masking('email');

  it.each([
    ['550 <ann@example.org>: unknown', `550 <${MASK}>: unknown`],
    ['"Ann.O+x@mail.example.org" is taken.', `"${MASK}" is taken.`],
    ['mailto:ann%40example.org?x', `mailto:${MASK}`],
    ['email=ann@example.org, bob@example.org', `email=${MASK}, ${MASK}`],
    ['at line @ 5, a@b', 'at line @ 5, a@b'],
  ])('is masked where nothing tells that it is one: %s', (said, shown) => {
    expect(text(said)).toBe(shown);
  });

  it('is masked in claims, of whatever name', () => {
    expect(claim('account/email:ann@example.org')).toBe(`account/email:${MASK}`);
    expect(claim('account/login:ann@example.org')).toBe(`account/login:${MASK}`);
    expect(claim('account/username:ann')).toBe('account/username:ann');
  });

  it('is looked for in one pass, however long a text is', () => {
    const mask = textMask({ values: new Set(), hidesEmails: true });
    const long = 'a.'.repeat(100_000);
    expect(mask(long) === long).toBe(true);
    expect(mask(`${long}@${long}`)).toBe(`${MASK}.`);
  });
});

describe('a long text', () => {
  const mask = masking('note', 'email');

  it.each([10_000, 60_000, 500_000])('that is personal is masked, of %i signs too', (length) => {
    const note = 'é%ß'.repeat(length / 3);
    const data = { note, quoted: `no ${note}!`, other: 'é%ß' };
    expect(mask.value(data)).toEqual({ note: MASK, quoted: `no ${MASK}`, other: 'é%ß' });
    expect(mask.text(`GET /${encodeURIComponent(note)}`, data)).toBe(`GET /${MASK}`);
  });

  it.each(['%40', '%40.', 'a%40.', '.%40', 'a%40b..', '@%40', '@.'])(
    'is looked through for emails in no more than a few passes: of %s again and again',
    (part) => {
      const text = `a${part.repeat(500_000)}`;
      expect(mask.text(text) === text).toBe(true);
    },
  );
});

describe('what was edited where it was masked', () => {
  const { value } = masking('email');
  const edit = (original: Json, change: (shown: Json) => Json) =>
    unmasked(change(value(original) as Json), original, value(original));

  const letter = {
    to: [
      { email: 'ann@example.org', as: 'Ann' },
      { email: 'bob@example.org', as: 'Bob' },
    ],
    note: 'for ann@example.org',
    'cid@example.org': 1,
  };

  test('is what it was where the masks stand as they stood', () => {
    expect(edit(letter, (shown) => shown)).toEqual({ data: letter });
    expect(edit(letter, (shown) => ({ ...Object(shown), note: 'for nobody', more: true }))).toEqual(
      {
        data: { ...letter, note: 'for nobody', more: true },
      },
    );
  });

  test('is refused where nobody can tell what a mask stands for', () => {
    expect(edit(letter, () => ({ note: `${MASK}!` }))).toBeNull();
    expect(edit(letter, () => ({ elsewhere: MASK }))).toBeNull();
    const shown = value(letter.to) as Json[];
    expect(edit(letter, (all) => ({ ...Object(all), to: shown.slice(1) }))).toBeNull();
    expect(edit(letter, (all) => ({ ...Object(all), to: shown.toReversed() }))).toBeNull();
    expect(edit(letter, (all) => ({ ...Object(all), to: [] }))).toEqual({
      data: { ...letter, to: [] },
    });
  });

  test('keeps each member with its name, though names that are numbers stand first', () => {
    const { value } = masking('phone');
    const original = { calls: { 5550001: 'in', 5550002: 'out' }, phone: '5550001' };
    const edited = { calls: { [MASK]: 'in', 5550002: 'missed' }, phone: MASK };
    expect(unmasked(edited, original, value(original))).toEqual({
      data: { ...original, calls: { 5550001: 'in', 5550002: 'missed' } },
    });
  });

  test('is what stands there now where something took the place of what was masked', () => {
    const { value } = masking('phone');
    const original = { phone: { home: '5550001' } };
    const edited = { phone: { 0: 'none' } };
    expect(unmasked(edited, original, value(original))).toEqual({ data: edited });
  });

  test('is what it was, whatever it was', () => {
    const name = fc.constantFrom('email', 'a', 'b', '7', 'x@y.zz', 'u@v.ww');
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('ann@example.org', 'x', 'see ann@example.org', 7, null, true),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(name, tie('tree'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, (original) => {
        expect(edit(original, (shown) => shown)).toEqual({ data: original });
      }),
      { seed: SEED },
    );
  });
});

test('all is shown where it is allowed', () => {
  const data = { email: 'ann@example.org' };
  expect(UNMASKED.value(data)).toBe(data);
  expect(UNMASKED.text('ann@example.org')).toBe('ann@example.org');
});
