import type { IncomingMessage } from 'node:http';
import type { Engine } from '../engine/engine.ts';
import type { FeedPlace } from '../engine/passed.ts';
import { HTTP_LIMITS } from './limits.ts';
import { parsePrefer } from './prefer.ts';
import { Refusal } from './problem.ts';

const POSITION = /^[ \t]*(\d{1,4}):(\d{1,15})(?:\.\d{1,6})?[ \t]*$/;

/** What a query is to wait for. */
export interface MinPosition {
  readonly places: readonly FeedPlace[];
  readonly withinMs: number;
}

/**
 * Waits until the read models show what a query asks to see.
 * @throws Refusal when the store has no such position, or they do not come so far in time
 */
export async function untilVisible(
  engine: Engine,
  asked: MinPosition | null,
  stopping: AbortSignal,
): Promise<void> {
  if (!asked) return;
  switch (await engine.untilPassed(asked.places, asked.withinMs, stopping)) {
    case 'passed':
      return;
    case 'unknown':
      throw new Refusal('malformed_request', 'Min-Position names no position of this store');
    case 'late':
      throw new Refusal('not_yet_visible', 'The read models have not passed Min-Position in time');
  }
}

/**
 * What `Min-Position` and `Prefer: wait` ask for; `null` for nothing.
 * @throws Refusal when they are malformed
 */
export function minPosition({ headers }: IncomingMessage): MinPosition | null {
  const value = headers['min-position'];
  if (value === undefined) return null;
  const parts = (Array.isArray(value) ? value.join(',') : value).split(',');
  if (parts.length > HTTP_LIMITS.minPositionsMax) {
    const problem = `Min-Position takes at most ${HTTP_LIMITS.minPositionsMax} positions`;
    throw new Refusal('malformed_request', problem);
  }
  return { places: parts.map(placeOf), withinMs: waitOf(headers.prefer) };
}

function placeOf(text: string): FeedPlace {
  const [, partition, position] = POSITION.exec(text) ?? [];
  if (partition === undefined || position === undefined) {
    const problem = 'Min-Position takes positions such as 12:4711, separated by commas';
    throw new Refusal('malformed_request', problem);
  }
  return { partition: Number(partition), position: Number(position) };
}

/** How long `Prefer: wait=<seconds>` allows, in milliseconds. */
function waitOf(value: string | string[] | undefined): number {
  const preferences = parsePrefer(Array.isArray(value) ? value.join(',') : (value ?? ''));
  const wait = preferences?.get('wait') ?? null;
  if (preferences === null || (wait !== null && !/^\d{1,9}$/.test(wait))) {
    throw new Refusal('malformed_request', 'Prefer: wait takes a number of seconds');
  }
  const seconds = wait === null ? HTTP_LIMITS.waitSecondsDefault : Number(wait);
  return Math.min(seconds, HTTP_LIMITS.waitSecondsMax) * 1_000;
}
