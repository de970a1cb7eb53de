/** Every recorded event against what the code at hand declares. */
import { parseActorKey } from '../address.ts';
import { type CommitRecord, parseRecord } from '../record.ts';
import type { FeedRecord } from '../work-store.ts';
import { checkEvent } from './event-check.ts';
import type { CheckTools } from './tools.ts';

const PAGE_RECORDS = 500;
/** So many records count as one actor: they come in pages. */
const RECORDS_PER_ACTOR = 10;

/** @throws StoreUnavailable */
export async function checkFeed(tools: CheckTools): Promise<void> {
  const { store, counts, pace, onProgress } = tools;
  const heads = await store.heads();
  for (const [partition, head] of heads.entries()) {
    const { trimmed } = await store.survey(partition, []);
    counts.recordsAll += head - trimmed;
    for (let after = trimmed; after < head; ) {
      const page = await store.readFeed(partition, after, PAGE_RECORDS);
      const last = page.at(-1);
      // What was there was trimmed meanwhile.
      if (last === undefined) break;
      for (const record of page) checkRecord(tools, partition, record);
      counts.records += page.length;
      after = last.position;
      await pace.take(page.length / RECORDS_PER_ACTOR);
      onProgress();
    }
  }
}

function checkRecord(tools: CheckTools, partition: number, { position, body }: FeedRecord): void {
  const { app, findings } = tools;
  const place = `${partition}:${position}`;
  const record = readRecord(body);
  const address = record && parseActorKey(record.actor);
  if (record === null || address === null) {
    findings.add('row', 'the feed', 'a record is none', place);
    return;
  }
  const example = `${record.actor}, at ${place}`;
  const aggregate = app.aggregates.get(address.type);
  if (!aggregate) {
    findings.add('gone', `aggregate ${address.type}`, 'the app has no such aggregate', example);
    return;
  }
  for (const event of record.events) {
    const known = Object.hasOwn(aggregate.events, event.type) && aggregate.events[event.type];
    if (known) checkEvent(findings, known, event, example);
    else {
      const about = `${event.type}, version ${event.version}`;
      findings.add('event', about, `${address.type} does not declare it`, example);
    }
  }
}

function readRecord(body: string): CommitRecord | null {
  try {
    return parseRecord(body);
  } catch {
    return null;
  }
}
