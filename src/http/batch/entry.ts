import type { Logger } from 'pino';
import type { Delivery, Engine, ValidCommand } from '../../engine/engine.ts';
import { parseJson } from '../body.ts';
import { type MutableDelivery, unknownCommand, validCommand } from '../commands.ts';
import { isIdempotencyKey } from '../headers.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { type FieldFault, newTraceId, Refusal, refusalProblem, UNEXPECTED } from '../problem.ts';
import { problemResult } from '../reply.ts';

/** A command of a batch, ready for the engine. */
export interface Submission {
  readonly command: ValidCommand;
  readonly delivery: Delivery;
}

/** Who sends a batch, and under which trace. */
export interface Sender {
  readonly principal: string;
  readonly traceId: string | null;
}

const MEMBERS: ReadonlySet<string> = new Set(['type', 'data', 'idempotencyKey', 'ifMatch']);

/**
 * Checks one entry of a batch: `type`, `data`, and maybe `idempotencyKey` and `ifMatch`, a
 * version as a number or as the strong tag that the header takes.
 * @throws Refusal, which is this entry's alone
 */
export function parseEntry(engine: Engine, entry: unknown, sender: Sender): Submission {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw badEntry([{ field: '', message: 'Expected an object with type and data' }]);
  }
  const faults: FieldFault[] = Object.keys(entry)
    .filter((name) => !MEMBERS.has(name))
    .map((field) => ({ field, message: 'Unknown field' }));
  const delivery: MutableDelivery = { principal: sender.principal };
  if (sender.traceId !== null) delivery.traceId = sender.traceId;
  const members: EntryMembers = entry;
  readKey(members.idempotencyKey, delivery, faults);
  readVersion(members.ifMatch, delivery, faults);
  const { type } = members;
  if (typeof type !== 'string') {
    faults.push({ field: 'type', message: 'Expected the name of a command' });
    throw badEntry(faults);
  }
  if (!engine.knows(type)) throw unknownCommand();
  if (faults.length > 0) throw badEntry(faults);
  return { command: validCommand(engine, type, members.data, 'data'), delivery };
}

/** The same for a line of a stream. */
export function parseLine(engine: Engine, line: Buffer, sender: Sender): Submission {
  return parseEntry(engine, parseJson(line), sender);
}

/** What an entry that went no further has as its result. What was unforeseen is logged. */
export function failureResult(error: unknown, sender: Sender, logger: Logger): string {
  const traceId = sender.traceId ?? newTraceId();
  if (error instanceof Refusal) return problemResult('failed', refusalProblem(error, traceId));
  logger.error({ err: error, traceId }, 'a command of a batch failed unexpectedly');
  const unexpected = new Refusal('system_error', UNEXPECTED);
  return problemResult('failed', refusalProblem(unexpected, traceId));
}

/** @throws Refusal for an entry that would be too large as a command of its own */
export function checkEntrySize(entry: unknown): void {
  if (Buffer.byteLength(JSON.stringify(entry)) > HTTP_LIMITS.commandBytesMax) {
    throw new Refusal(
      'too_large',
      `The command is larger than ${HTTP_LIMITS.commandBytesMax} bytes`,
    );
  }
}

interface EntryMembers {
  readonly type?: unknown;
  readonly data?: unknown;
  readonly idempotencyKey?: unknown;
  readonly ifMatch?: unknown;
}

function readKey(value: unknown, delivery: MutableDelivery, faults: FieldFault[]): void {
  if (value === undefined) return;
  if (typeof value === 'string' && isIdempotencyKey(value)) {
    delivery.idempotencyKey = value;
    return;
  }
  const message = `Expected 1 to ${HTTP_LIMITS.idempotencyKeyCharsMax} printable ASCII characters`;
  faults.push({ field: 'idempotencyKey', message });
}

function readVersion(value: unknown, delivery: MutableDelivery, faults: FieldFault[]): void {
  if (value === undefined) return;
  const tag = typeof value === 'string' ? /^("?)(0|[1-9]\d{0,17})\1$/.exec(value)?.[2] : undefined;
  const version = tag === undefined ? value : Number(tag);
  if (typeof version === 'number' && Number.isInteger(version) && version >= 0) {
    delivery.ifMatch = version;
    return;
  }
  faults.push({ field: 'ifMatch', message: 'Expected a version: a whole number, or its tag' });
}

function badEntry(errors: readonly FieldFault[]): Refusal {
  return new Refusal('validation_error', 'The entry breaks its schema', {
    errors: errors.slice(0, HTTP_LIMITS.errorsMax),
  });
}
