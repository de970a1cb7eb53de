import { describe, expect, test } from 'vitest';
import type { Evidence } from './audit/evidence.ts';
import { leftBy } from './run.ts';
import type { Sent } from './workload/history.ts';

/** Seeds whose runs have all that is tampered with here. */
const GRAPH_SEED = 4;
const WATCH_SEED = 7;

/** What somebody with bad intentions has at hand. */
interface Tampered {
  readonly dump: Map<string, string>;
  readonly writtenAt: Map<string, number>;
  readonly history: Sent[];
}

type Tamper = (tampered: Tampered) => void;

const graph = await leftBy(GRAPH_SEED);
const watch = await leftBy(WATCH_SEED);

function judge(run: typeof graph, tamper: Tamper): readonly string[] {
  const evidence: Evidence = run.evidence();
  const dump = new Map(evidence.dump);
  const writtenAt = new Map(evidence.writtenAt);
  const history = structuredClone([...evidence.history]);
  tamper({ dump, writtenAt, history });
  return run.audit({ ...evidence, dump, writtenAt, history });
}

/** The first key that looks so, and its value. */
function found(dump: ReadonlyMap<string, string>, looks: RegExp, value = /^/): [string, string] {
  for (const [key, text] of dump) if (looks.test(key) && value.test(text)) return [key, text];
  throw new Error(`there is no ${looks}`);
}

function without(looks: RegExp, value?: RegExp): Tamper {
  return ({ dump }) => void dump.delete(found(dump, looks, value)[0]);
}

function changed(looks: RegExp, change: (text: string) => string, value?: RegExp): Tamper {
  return ({ dump }) => {
    const [key, text] = found(dump, looks, value);
    expect(change(text)).not.toBe(text);
    dump.set(key, change(text));
  };
}

function added(key: string, value: string): Tamper {
  return ({ dump }) => void dump.set(key, value);
}

/** The text of a record, whose length stands before it. */
function inRecord(looks: RegExp, from: RegExp, to: string): Tamper {
  return changed(
    /^f/,
    (text) => {
      const line = text.indexOf('\n');
      const [actor, before, , snapshot] = JSON.parse(text.slice(0, line)) as unknown[];
      const body = text.slice(line + 1).replace(from, to);
      return `${JSON.stringify([actor, before, body.length, snapshot])}\n${body}`;
    },
    looks,
  );
}

function answered(change: (sent: Sent) => void): Tamper {
  return ({ history }) => {
    const sent = history.find(({ tries }) => {
      const outcome = tries[0]?.outcome;
      return (
        typeof outcome === 'object' && outcome?.status === 'accepted' && outcome.events.length > 0
      );
    });
    if (!sent) throw new Error('no command was accepted');
    change(sent);
  };
}

describe('the auditor', () => {
  test('has nothing to say of runs in which every rule held', () => {
    expect(judge(graph, () => {})).toEqual([]);
    expect(judge(watch, () => {})).toEqual([]);
  });

  const cases: [string, Tamper][] = [
    ['positions have no gaps', without(/^f/)],
    ['positions have no gaps', changed(/^h/, (head) => String(Number(head) + 1))],
    ['versions have no gaps', inRecord(/FollowCreated/, /"version":\d+/, '"version":99')],
    [
      'records form their actor’s chain',
      changed(/^f/, (text) => text.replace(/^(\["[^"]+"),\d+/, '$1,9999')),
    ],
    [
      'no command is done twice',
      ({ dump }) => {
        const [, text] = found(dump, /^f/, /FollowCreated/);
        const [, id = ''] = /"commandId":"([^"]+)"/.exec(text) ?? [];
        inRecord(
          /FollowRejected/,
          /"commandId":"[^"]+"/,
          `"commandId":"${id}"`,
        )({ dump, writtenAt: new Map(), history: [] });
      },
    ],
    [
      'decisions follow the rules',
      inRecord(/FollowCreated/, /"followingBefore":\d+/, '"followingBefore":17'),
    ],
    [
      'state is what the records make',
      changed(/^aaccount:a\d$/, (row) => row.replace('"version":', '"version":1'), /registeredAt/),
    ],
    ['collections are what the records make', without(/^aaccount:.*!efollowing!/)],
    ['collections are what the records make', without(/^aaccount:.*!tblocked!/)],
    ['collections are what the records make', without(/^a~followers.*!eentries!/)],
    ['the ranking shows who is followed', without(/^b..g~followers/)],
    ['claims are their holders’', without(/^caccount\/email/)],
    ['no claim is orphaned', added('caccount/email:nobody@example.org', '["account:a1","token"]')],
    ['policies do what is theirs', without(/^aaccount:a\d!r[\w-]{22}$/, /account/)],
    ['policies do nothing without a cause', added('aaccount:a1!rABCDEFGHIJKLMNOPQRSTUV', '0 1 {}')],
    ['nothing is left over', added('b10toutbox/blocking!ksome', '1 {}')],
    ['nothing is left over', added('w101', 'command')],
    ['tables know their rows', changed(/^b..toutbox.*!n$/, () => '1 1')],
    ['rows are in their order', added('b10toutbox/blocking!o11some', 'some')],
    [
      'everybody has passed the feed',
      changed(/^b1\d$/, (work) => work.replace(/\["blocking",\d+\]/, '["blocking",0]')),
    ],
    ['every key is of a known kind', added('zebra', '')],
    ['what expires is written down', without(/^x/)],
    ['keys are their callers’', added('psomebody"-key', '0 {"commandId":"id"}')],
    ['answers to keys are kept', without(/^aaccount:a\d!r[\w-]{36}$/)],
    ['what was taken to be done later is done', without(/^q/)],
    ['what was acknowledged is done', without(/^f/, /FollowCreated/)],
    [
      'an answer tells what was recorded',
      answered(({ tries }) => {
        const outcome = tries[0]?.outcome;
        if (typeof outcome === 'object' && outcome?.status === 'accepted')
          Object.assign(outcome.events[0]?.data ?? {}, { more: 1 });
      }),
    ],
    [
      'an answer comes after its commit',
      answered((sent) => {
        const [first] = sent.tries;
        if (first) first.answeredAt = 0;
      }),
    ],
    [
      'nothing is done before it is asked for',
      ({ writtenAt }) => {
        for (const key of writtenAt.keys()) writtenAt.set(key, 0);
      },
    ],
  ];
  test.each(cases)('sees that %s', (rule, tamper) => {
    expect(judge(graph, tamper).map((finding) => finding.split(':')[0])).toContain(rule);
  });

  const watched: [string, Tamper][] = [
    [
      'no timer fires early, or for what is over',
      ({ dump, writtenAt }) => {
        writtenAt.set(found(dump, /^f/, /"type":"Sounded"/)[0], 0);
      },
    ],
    ['a timer fires once', inRecord(/"type":"Noted"/, /"type":"Noted"/, '"type":"Sounded"')],
    ['an effect ends as it does', inRecord(/"type":"Noted"/, /receipt [\w-]+/g, 'receipt forged')],
    [
      'events from elsewhere are taken once',
      inRecord(/"type":"Counted"/, /"episode":\d+/g, '"episode":77'),
    ],
  ];
  test.each(watched)('sees that %s', (rule, tamper) => {
    expect(judge(watch, tamper).map((finding) => finding.split(':')[0])).toContain(rule);
  });
});
