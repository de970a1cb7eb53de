import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { encodeBookmark } from '../../src/engine/feed/bookmark.ts';
import { DEFAULT_FEED_LIMITS } from '../../src/engine/feed/limits.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';

const page = (await readFile(new URL('../../docs/feed.md', import.meta.url), 'utf8')).replaceAll(
  '\n',
  ' ',
);

test('the figures it gives of the feed are the limits', () => {
  const { lookMs, roundMs, tailRecordsMax, timesApartMsMax, batchRecordsMax } = DEFAULT_FEED_LIMITS;
  expect([lookMs, DEFAULT_FEED_LIMITS.tailCharsMax]).toEqual([100, 8 * 1024 * 1024]);
  expect(lookMs + roundMs).toBeLessThanOrEqual(110);
  for (const said of [
    `the last ${tailRecordsMax.toLocaleString('en')} records`,
    `less than ${timesApartMsMax / 1_000} seconds`,
    `up to ${batchRecordsMax} records at a time`,
    `${HTTP_LIMITS.eventStreamsMax.toLocaleString('en')} streams at once`,
    `every ${HTTP_LIMITS.eventBeatMs / 1_000} seconds`,
  ]) {
    expect(page).toContain(said);
  }
});

test.each([
  [64, 1, 90],
  [64, 1_000_000, 260],
])(
  'an id of %i partitions and about %i records each is as long as it says',
  (count, each, chars) => {
    // Spread as actors spread over partitions: within a few percent.
    const positions = Array.from({ length: count }, (_, n) => Math.round(each * (1 + n / 2_000)));
    expect(page).toContain('90 to 260 characters for 64');
    expect(encodeBookmark({ positions, begun: null }).length).toBeLessThanOrEqual(chars);
  },
);
