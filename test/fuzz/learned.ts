import { isObject } from './schema.ts';

const KEPT_MAX = 400;

/** What answers gave out and requests may bring back, the latest of it. */
export class Learned {
  readonly positions: string[] = [];
  readonly cursors: string[] = [];
  readonly commandIds: string[] = [];

  /** Looks through the body of an answer. */
  learn(body: unknown, depth = 0): void {
    if (depth > 6) return;
    if (Array.isArray(body)) {
      for (const item of body.slice(0, 5)) this.learn(item, depth + 1);
      return;
    }
    if (!isObject(body)) return;
    keep(this.positions, body.position);
    keep(this.cursors, body.nextCursor);
    if (body.status === 'pending') keep(this.commandIds, body.commandId);
    for (const member of Object.values(body)) {
      if (typeof member === 'object') this.learn(member, depth + 1);
    }
  }
}

function keep(kept: string[], value: unknown): void {
  if (typeof value !== 'string') return;
  kept.push(value);
  if (kept.length > KEPT_MAX) kept.splice(0, KEPT_MAX / 2);
}
