import { expect, test } from 'vitest';
import { counted, failures, renderTally } from '../../src/cli/tally.ts';

test('results are counted by command and by what came of them', () => {
  const types = ['FollowAccount', 'FollowAccount', 'FollowAccount', 'BlockAccount', 'BlockAccount'];
  const tally = counted({ FollowAccount: { FollowCreated: 1_233 } }, types, [
    { status: 'accepted', events: [{ type: 'FollowCreated' }] },
    { status: 'accepted', events: [] },
    { status: 'rejected', detail: 'Cannot follow yourself' },
    { status: 'accepted', events: [{ type: 'AccountBlocked' }] },
    { status: 'failed', httpStatus: 500, code: 'system_error' },
  ]);
  expect(failures(tally)).toBe(1);
  expect(renderTally(tally)).toBe(
    [
      'FollowAccount  FollowCreated                     1,234',
      '               no effect                             1',
      '               rejected: Cannot follow yourself      1',
      'BlockAccount   AccountBlocked                        1',
      '               failed: system_error                  1',
      'total                                            1,238',
    ].join('\n'),
  );
});
