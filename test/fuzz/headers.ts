import type { Aim } from './aim.ts';
import type { Draw } from './draw.ts';
import type { Learned } from './learned.ts';

export type Header = readonly [name: string, value: string];

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;

/** Header values as a parser leaves them. */
const trimmed = (value: string) => value.replaceAll(/^[ \t]+|[ \t]+$/g, '');

const KEYS = Array.from({ length: 300 }, (_, number) => `key-${number}`);
const BAD_KEYS = ['', ' ', 'k'.repeat(256), 'k'.repeat(4_000), 'schl\xfcssel', '\xff\xfe', 'a\tb'];
const GOOD_KEYS = ['k'.repeat(255), '~', '{"a":1}', '__proto__', "'; --", 'a, b', '%00'];
const BAD_TAGS = [
  '*',
  '',
  '3',
  'W/"3"',
  '"03"',
  '""',
  '"1", "2"',
  '"-1"',
  '"1.0"',
  '"1e3"',
  `"${'9'.repeat(19)}"`,
  '"abc"',
  "'3'",
  '"3',
];
const BAD_PREFER = ['"open', '=', 'a b', 'respond-async; =', '@', 'respond-async,,;"', 'wait="1'];
const GOOD_PREFER = ['return=minimal', 'handling=lenient; x=y', '', ',', 'wait=5', 'WAIT = "7"'];
const BAD_POSITIONS = [
  '',
  'x',
  '1',
  '1:',
  ':1',
  '-1:2',
  '1:2.',
  '1:2.3.4',
  '99999:1',
  '1:2,,1:3',
  '1:1e3',
  '١:٢',
  '1;2',
];
const BAD_WAITS = ['wait=x', 'wait=-1', 'wait=', 'wait=1.5', 'wait="', 'wait=9999999999'];
const TRACES = [
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
  'x'.repeat(500),
  '',
];
const OTHERS: readonly Header[] = [
  ['Accept', '*/*'],
  ['Accept', 'application/cloudevents+json'],
  ['Accept', 'text/html;q=0.1, application/cloudevents+json;q=0'],
  ['Accept', ';;;,,,=q'],
  ['Accept', 'x'.repeat(3_000)],
  ['Accept-Encoding', 'gzip, br, *;q=0'],
  ['Range', 'bytes=0-0,5-1'],
  ['If-None-Match', '*'],
  ['If-Modified-Since', 'never'],
  ['Cookie', `a=${'b'.repeat(2_000)}`],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['__proto__', 'polluted'],
  ['constructor', 'x'],
  ['Cache-Control', '\xe9\xff'],
  ['TE', 'trailers'],
  ['Via', '1.1 a, 1.0 b'],
];

/** Headers that a route reads, and what is wrong with them. */
export class HeaderMaker {
  readonly #draw: Draw;
  readonly #learned: Learned;

  constructor(draw: Draw, learned: Learned) {
    this.#draw = draw;
    this.#learned = learned;
  }

  /** Headers of one command. Whether it is to run later. */
  ofCommand(headers: Header[], aim: Aim): { isAsync: boolean } {
    const draw = this.#draw;
    if (draw.chance(0.2)) {
      const key = draw.chance(0.75)
        ? draw.one(draw.chance(0.8) ? KEYS : GOOD_KEYS)
        : draw.one(BAD_KEYS);
      headers.push(['Idempotency-Key', key]);
      if (!PRINTABLE.test(trimmed(key))) aim.fault('headers', 400);
      if (draw.chance(0.04)) {
        headers.push(['idempotency-key', 'another']);
        aim.fault('headers', 400);
      }
    }
    if (draw.chance(0.15)) {
      const isGood = draw.chance(0.6);
      headers.push(['If-Match', isGood ? `"${draw.below(30)}"` : draw.one(BAD_TAGS)]);
      if (!isGood) aim.fault('headers', 400);
      if (isGood && draw.chance(0.04)) {
        headers.push(['If-Match', '"1"']);
        aim.fault('headers', 400);
      }
    }
    const how = draw.weighted({ none: 85, async: 6, good: 4, bad: 5 });
    if (how === 'async')
      headers.push(['Prefer', draw.one(['respond-async', 'x, Respond-Async;a=b'])]);
    if (how === 'good') headers.push(['Prefer', draw.one(GOOD_PREFER)]);
    if (how === 'bad') {
      headers.push(['Prefer', draw.one(BAD_PREFER)]);
      aim.fault('headers', 400);
    }
    this.#trace(headers);
    return { isAsync: how === 'async' };
  }

  /** Headers that speak of one command, sent with many. */
  ofBatch(headers: Header[], aim: Aim): void {
    const draw = this.#draw;
    if (draw.chance(0.06)) {
      headers.push(
        draw.one<Header>([
          ['Idempotency-Key', 'k'],
          ['If-Match', '"1"'],
          ['Prefer', 'respond-async'],
          ['Prefer', '"open'],
        ]),
      );
      aim.fault('headers', 400);
    }
    this.#trace(headers);
  }

  /** What a query is to wait for. Whether its waiting may be in vain. */
  ofQuery(headers: Header[], aim: Aim): void {
    const draw = this.#draw;
    if (draw.chance(0.8)) return;
    const { positions } = this.#learned;
    if (draw.chance(0.4)) {
      headers.push(['Min-Position', draw.one(BAD_POSITIONS)]);
      aim.fault('headers', 400);
      return;
    }
    if (draw.chance(0.1)) {
      headers.push(['Min-Position', '1:1'], ['Prefer', draw.one(BAD_WAITS)]);
      aim.fault('headers', 400);
      return;
    }
    const isReal = draw.chance(0.8) && positions.length > 0;
    const made = `${draw.below(70)}:${draw.below(100_000)}`;
    const count = draw.one([1, 1, 2, 100]);
    const asked = Array.from({ length: count }, () => (isReal ? draw.one(positions) : made));
    headers.push(['Min-Position', asked.join(draw.one([',', ' , ']))]);
    headers.push(['Prefer', `wait=${draw.one(['0', '0', '1', '"0"'])}`]);
    // What was never given out may be no place of the store, or lie ahead.
    if (!isReal) aim.also(400);
    aim.also(504);
  }

  /** Headers that nothing here reads, or that may be passed over. */
  others(headers: Header[]): void {
    while (this.#draw.chance(0.12)) headers.push(this.#draw.one(OTHERS));
  }

  /** More headers than anybody needs, in the room that a request has for them. */
  flood(headers: Header[]): void {
    const count = this.#draw.one([50, 1_000, 1_990, 2_000, 2_600]);
    for (let number = 0; number < count; number += 1) headers.unshift(['a', '']);
  }

  #trace(headers: Header[]): void {
    if (this.#draw.chance(0.1)) headers.push(['traceparent', this.#draw.one(TRACES)]);
  }
}
