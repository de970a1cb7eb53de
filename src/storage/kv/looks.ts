import type { RestReply, RestRequest, Survey } from '../../engine/work-store.ts';
import { countPending } from './async.ts';
import type { Reader } from './backing.ts';
import { readHead, readTrimmed } from './feed.ts';
import { checkpointsOf, isHeld, readWork } from './partition-work.ts';
import { readFirst, surveyTable } from './rows.ts';

/** What a holder sees of its partition before it rests. */
export function readRest(reader: Reader, request: RestRequest, now: number): RestReply {
  const { partition, fence, tables } = request;
  const work = readWork(reader, partition);
  if (!isHeld(work, fence)) return { kind: 'fenced' };
  const head = readHead(reader, partition);
  return {
    kind: 'looked',
    resting: head === request.head,
    head,
    now,
    checkpoints: checkpointsOf(work),
    firsts: tables.map((table) => readFirst(reader, partition, table)?.order ?? null),
  };
}

/** How much lies in a partition. */
export function readSurvey(
  reader: Reader,
  partition: number,
  tables: readonly string[],
  now: number,
): Survey {
  const work = readWork(reader, partition);
  return {
    head: readHead(reader, partition),
    trimmed: readTrimmed(reader, partition),
    now,
    lease: work.lease,
    checkpoints: checkpointsOf(work),
    pendingAsync: countPending(reader, partition),
    tables: tables.map((table) => surveyTable(reader, partition, table)),
  };
}
