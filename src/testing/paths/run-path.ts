/** Runs a path of commands against a real system, and holds it to what the model says. */

import type { Address } from '../../engine/address.ts';
import type { Path, PlainEvent } from '../cover/cover-app.ts';
import { mustEqual } from '../mismatch.ts';
import { MINTED } from '../model/decision.ts';
import type { CommandBody } from '../model/model.ts';

/** What a system answers to a command. */
export interface Answer {
  readonly status: string;
  readonly reason: string | null;
  readonly version: number;
  readonly events: readonly PlainEvent[];
}

/** The answer to a command that was neither accepted nor rejected. @param reason a code, or text */
export function failedAnswer(reason: string): Answer {
  return { status: 'failed', reason, version: 0, events: [] };
}

/** Whatever takes commands: a server behind its API, or a world in memory. */
export interface System {
  send(command: CommandBody): Promise<Answer>;
  /** Resolves when policies have done what they have to for now. */
  settled(): Promise<void>;
  /** Lets so many milliseconds go by, for timers of policies. */
  elapse(ms: number): Promise<void>;
  /** All events of an actor, oldest first. */
  trail(actor: { readonly type: string; readonly id: string }): Promise<readonly PlainEvent[]>;
}

/** Looks at a trail that timers have a part in, and the time between two of them. */
const TRAIL_LOOKS_MAX = 100;
const TRAIL_LOOK_MS = 50;

/**
 * Sends a path's commands one after another, waits for the policies after each, and compares every
 * answer, and in the end every actor's whole trail, with what the model says. Ids that the system
 * makes may be any, and are to be the same where the model has the same; times may be any.
 * @param tag lower-case letters and digits, another for each run on one system: it is put behind
 * the path's names
 * @throws AssertionError that says which step went another way, and how
 */
export async function runPath(path: Path, system: System, tag: string): Promise<void> {
  const own = renaming(path.names, tag);
  const minted = new Map<string, string>();
  for (const [index, { command, expected, tookMs }] of path.steps.entries()) {
    const renamed = { type: command.type, data: own(command.data) };
    const answer = await system.send(renamed);
    const wanted = withActual(own(expected), answer, minted);
    const place = `step ${index + 1} of ${path.steps.length}`;
    mustEqual(answer, wanted, `${path.name}\n${place}, ${told(renamed)}, came to something else`);
    await system.settled();
    if (tookMs > 0) await system.elapse(tookMs);
  }
  const tries = path.steps.some(({ tookMs }) => tookMs > 0) ? TRAIL_LOOKS_MAX : 1;
  for (const [actor, events] of Object.entries(path.trails)) {
    const [type = '', ...rest] = actor.split(':');
    const known = String(withMinted(own(rest.join(':')), minted));
    await mustHaveTrail(system, { type, id: known }, tries, (trail) => {
      const wanted = withActual(own(events), trail, minted);
      mustEqual(trail, wanted, `${path.name}\nthe trail of ${type} ${known} is another`);
    });
  }
}

/** What timers bring about may take longer in a system than in the model, which is never late. */
async function mustHaveTrail(
  system: System,
  actor: Address,
  tries: number,
  check: (trail: readonly PlainEvent[]) => void,
): Promise<void> {
  for (let left = tries; ; left--) {
    const trail = await system.trail(actor);
    try {
      return check(trail);
    } catch (error) {
      if (left <= 1) throw error;
    }
    await system.elapse(TRAIL_LOOK_MS);
    await system.settled();
  }
}

function told({ type, data }: CommandBody): string {
  return `${type} ${JSON.stringify(data)}`;
}

/** Puts a tag behind every name in every text of a value. */
function renaming(names: readonly string[], tag: string): (value: unknown) => unknown {
  const pattern = new RegExp(`(?<![A-Za-z0-9])(${names.join('|')})(?![A-Za-z0-9])`, 'g');
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(pattern, `$1${tag}`);
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rename(each)]));
  };
  return rename;
}

/** What is expected, with the system's own ids and times where the model made some up. */
function withActual(expected: unknown, actual: unknown, minted: Map<string, string>): unknown {
  if (typeof expected === 'string') return textWithActual(expected, actual, minted);
  if (Array.isArray(expected)) {
    const items: readonly unknown[] = Array.isArray(actual) ? actual : [];
    return expected.map((each, index) => withActual(each, items[index], minted));
  }
  if (typeof expected !== 'object' || expected === null) return expected;
  const members = new Map(Object.entries(Object(actual)));
  return Object.fromEntries(
    Object.entries(expected).map(([name, each]) => [
      name,
      withActual(each, members.get(name), minted),
    ]),
  );
}

/** Times of the model are of one year, in which no path is run. */
const MODEL_TIME = /^2000-01-\d\dT[\d:.]+Z$/;

function textWithActual(expected: string, actual: unknown, minted: Map<string, string>): unknown {
  if (typeof actual !== 'string') return expected;
  if (MODEL_TIME.test(expected)) return Number.isNaN(Date.parse(actual)) ? expected : actual;
  if (!expected.startsWith(MINTED)) return expected;
  const known = minted.get(expected);
  if (known !== undefined) return known;
  // Two ids of the model are two in the system.
  if (actual === '' || [...minted.values()].includes(actual)) return expected;
  minted.set(expected, actual);
  return actual;
}

function withMinted(value: unknown, minted: ReadonlyMap<string, string>): unknown {
  return typeof value === 'string' ? (minted.get(value) ?? value) : value;
}
