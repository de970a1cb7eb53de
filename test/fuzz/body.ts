import { z } from 'zod';
import type { Contract, Operation } from './contract.ts';
import type { Check } from './schema.ts';

/** What the contract says of a body. */
export type Verdict = 'too large' | 'no json' | 'breaks schema' | 'fits';

const COMMAND_BYTES_MAX = 64 * 1024;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
const BATCH_COMMANDS_MAX = 1_000;
const NESTING_MAX = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value of a body; `undefined` where it is none that the contract takes. */
function parsed(bytes: Buffer): unknown {
  try {
    const text = utf8.decode(bytes);
    if (depthOf(text) > NESTING_MAX) return undefined;
    const value: unknown = JSON.parse(text);
    return isWellFormed(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [mark] of text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '').matchAll(/[[\]{}]/g)) {
    depth += mark === '[' || mark === '{' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(
    ([name, member]) => name.isWellFormed() && isWellFormed(member),
  );
}

/** What a command's body comes to before the command runs. */
export function judgeCommand(bytes: Buffer, check: Check): Verdict {
  if (bytes.length > COMMAND_BYTES_MAX) return 'too large';
  const value = parsed(bytes);
  if (value === undefined) return 'no json';
  return check(value) === null ? 'fits' : 'breaks schema';
}

const batchSchema = z.strictObject({ commands: z.array(z.unknown()).max(BATCH_COMMANDS_MAX) });

/** What an entry of a batch may be answered, as `httpStatus`; an accepted one has none. */
export type EntryStatuses = ReadonlySet<number>;

/** What a batch comes to, and where it runs, what each of its entries may come to. */
export interface BatchVerdict {
  readonly whole: Verdict;
  readonly entries: readonly EntryStatuses[];
}

const RAN: EntryStatuses = new Set([200, 409, 412, 422]);
const NOT_JSON: EntryStatuses = new Set([400]);
const TOO_LARGE: EntryStatuses = new Set([413]);
const BROKEN: EntryStatuses = new Set([422, 404]);
const BROKEN_OR_LARGE: EntryStatuses = new Set([422, 404, 413]);

export function judgeBatch(bytes: Buffer, checkEntry: Check): BatchVerdict {
  if (bytes.length > BATCH_BYTES_MAX) return { whole: 'too large', entries: [] };
  const value = parsed(bytes);
  if (value === undefined) return { whole: 'no json', entries: [] };
  const batch = batchSchema.safeParse(value);
  if (!batch.success) return { whole: 'breaks schema', entries: [] };
  const entries = batch.data.commands.map((entry) => entryStatuses(entry, checkEntry));
  return { whole: 'fits', entries };
}

function entryStatuses(entry: unknown, checkEntry: Check): EntryStatuses {
  // Its size is that of its JSON without blanks.
  const isLarge = Buffer.byteLength(JSON.stringify(entry)) > COMMAND_BYTES_MAX;
  if (checkEntry(entry) === null) return isLarge ? TOO_LARGE : RAN;
  return isLarge ? BROKEN_OR_LARGE : BROKEN;
}

/** The same for a stream of lines. */
export function judgeLines(bytes: Buffer, checkEntry: Check): readonly EntryStatuses[] {
  const statuses: EntryStatuses[] = [];
  let start = 0;
  while (start <= bytes.length) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const line = bytes.subarray(start, end);
    start = end + 1;
    if (line.length > COMMAND_BYTES_MAX) statuses.push(TOO_LARGE);
    else if (!/^[ \t\r]*$/.test(line.toString('latin1')))
      statuses.push(lineStatuses(line, checkEntry));
  }
  return statuses;
}

function lineStatuses(line: Buffer, checkEntry: Check): EntryStatuses {
  const value = parsed(line);
  if (value === undefined) return NOT_JSON;
  return checkEntry(value) === null ? RAN : BROKEN;
}

/** The check of one entry of a batch, as the contract describes it. */
export function entryCheck({ schemas }: Contract, operation: Operation): Check {
  const entry = operation.bodies.get('application/x-ndjson');
  if (!entry) throw new Error('the contract has no batch of lines');
  return schemas.check(entry);
}
