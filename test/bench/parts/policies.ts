/** What a server says of its policies and projections. */
import { setTimeout as pause } from 'node:timers/promises';
import type { PoliciesReport } from '../../../src/engine/engine.ts';
import { get } from './client.ts';

/** Between two looks, in ms: each costs the server a few, and what it does waits for the next. */
const LOOK_MS = 20;
const SETTLE_MS_MAX = 180_000;

export async function policies(port: number): Promise<PoliciesReport> {
  const { status, body } = await get(port, '/v1/policies');
  if (status !== 200) throw new Error(`GET /v1/policies answered ${status}: ${body}`);
  return JSON.parse(body);
}

/** Waits until nothing is left to do. @throws where that takes minutes, or letters are dead */
export async function settle(port: number): Promise<void> {
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const report = await policies(port);
    const dead = report.policies.find(({ deadLetters }) => deadLetters > 0);
    if (dead) throw new Error(`${dead.name} has parked ${dead.deadLetters} messages`);
    if (report.idle) return;
    if (performance.now() > deadline) throw new Error(`not idle: ${JSON.stringify(report)}`);
    await pause(LOOK_MS);
  }
}

/** Records that the one furthest behind has not passed. */
export function lagOf({ policies, projections }: PoliciesReport): number {
  return Math.max(0, ...[...policies, ...projections].map(({ lag }) => lag));
}
