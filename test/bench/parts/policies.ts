/** What a server says of its policies and projections. */
import { setTimeout as pause } from 'node:timers/promises';
import type { PoliciesReport } from '../../../src/engine/engine.ts';
import { get } from './client.ts';

/** Before the first look, in ms: each look is work for server and store. */
const FIRST_LOOK_MS = 10;
/** Between two, in ms; or so much of the time waited already, where that is more. */
const LOOK_MS = 40;
const LOOK_SHARE = 0.15;
const SETTLE_MS_MAX = 180_000;

export async function policies(port: number): Promise<PoliciesReport> {
  const { status, body } = await get(port, '/v1/policies');
  if (status !== 200) throw new Error(`GET /v1/policies answered ${status}: ${body}`);
  return JSON.parse(body);
}

/**
 * Waits until nothing is left to do.
 * @returns how often it looked
 * @throws where that takes minutes, or letters are dead
 */
export async function settle(port: number): Promise<number> {
  const start = performance.now();
  await pause(FIRST_LOOK_MS);
  for (let looks = 1; ; looks++) {
    const report = await policies(port);
    const dead = report.policies.find(({ deadLetters }) => deadLetters > 0);
    if (dead) throw new Error(`${dead.name} has parked ${dead.deadLetters} messages`);
    if (report.idle) return looks;
    const waitedMs = performance.now() - start;
    if (waitedMs > SETTLE_MS_MAX) throw new Error(`not idle: ${JSON.stringify(report)}`);
    await pause(Math.max(LOOK_MS, LOOK_SHARE * waitedMs));
  }
}

/** Records that the one furthest behind has not passed. */
export function lagOf({ policies, projections }: PoliciesReport): number {
  return Math.max(0, ...[...policies, ...projections].map(({ lag }) => lag));
}
