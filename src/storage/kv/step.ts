import type { RowPost, StepReply, WorkStep } from '../../engine/work-store.ts';
import type { Decision, Reader } from './backing.ts';
import { Draft } from './draft.ts';
import { keys } from './keys.ts';
import { checkpointsOf, isHeld, readWork, writeWork } from './partition-work.ts';
import { readBody, writeRows } from './rows.ts';

/** Decides a step: its checks in the order that the port gives, then all its writes. */
export function decideStep(reader: Reader, step: WorkStep, now: number): Decision<StepReply> {
  const work = readWork(reader, step.partition);
  if (!isHeld(work, step.fence)) return { reply: { kind: 'fenced' }, writes: [] };
  if (work.lastStep === step.stepId) return { reply: { kind: 'done' }, writes: [] };
  if (isLate(step.stepId, work.lastStep)) return { reply: { kind: 'fenced' }, writes: [] };
  const isMoved = step.checkpoints.some(
    ({ subscriber, expected }) => (work.checkpoints.get(subscriber) ?? 0) !== expected,
  );
  if (isMoved) {
    return { reply: { kind: 'moved', checkpoints: checkpointsOf(work) }, writes: [] };
  }
  const draft = new Draft(reader);
  const count = writeRows(draft, step.partition, step.rows, work.count, now);
  const checkpoints = new Map(work.checkpoints);
  for (const { subscriber, next } of step.checkpoints) checkpoints.set(subscriber, next);
  const after = { ...work, lastStep: step.stepId, count, checkpoints };
  draft.put(keys.work(step.partition), writeWork(after));
  return { reply: { kind: 'done' }, writes: draft.writes };
}

/** Whether a later step was made already, by their numbers. */
function isLate(stepId: string, lastStep: string | null): boolean {
  return numberOf(stepId) <= numberOf(lastStep ?? '');
}

/** The number that an id begins with; where there is none it compares with nothing. */
function numberOf(stepId: string): number {
  return Number(/^(\d+)#/.exec(stepId)?.[1] ?? Number.NaN);
}

/** Writes rows if others are as expected. */
export function decidePost(reader: Reader, post: RowPost, now: number): Decision<boolean> {
  const { partition } = post;
  const isExpected = post.expected.every(
    ({ table, key, body }) => readBody(reader, partition, table, key) === body,
  );
  if (!isExpected) return { reply: false, writes: [] };
  const work = readWork(reader, partition);
  const draft = new Draft(reader);
  const count = writeRows(draft, partition, post.rows, work.count, now);
  if (count !== work.count) draft.put(keys.work(partition), writeWork({ ...work, count }));
  return { reply: true, writes: draft.writes };
}
