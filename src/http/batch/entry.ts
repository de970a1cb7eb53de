import { z } from 'zod';
import type { Delivery, ValidCommand } from '../../engine/engine.ts';
import type { Log } from '../../engine/runtime.ts';
import { parseJson } from '../body.ts';
import { checkedCommand, type MutableDelivery, unknownCommand } from '../commands.ts';
import type { Serving } from '../context.ts';
import { fieldFaults } from '../faults.ts';
import { idempotencyKeySchema } from '../headers.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { newTraceId, Refusal, refusalProblem, unexpected } from '../problem.ts';
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

const tagForm = /^("?)(0|[1-9]\d{0,17})\1$/;

/** One entry of a batch. The version it expects is a number, or the tag that the header takes. */
export const entrySchema = z.strictObject({
  type: z.string(),
  data: z.unknown(),
  idempotencyKey: idempotencyKeySchema.optional(),
  ifMatch: z
    .union([z.int().min(0), z.string().regex(tagForm)], 'Expected a version: a number, or its tag')
    .optional(),
});

/**
 * Checks one entry of a batch.
 * @throws Refusal, which is this entry's alone
 */
export function parseEntry(serving: Serving, raw: unknown, sender: Sender): Submission {
  const entry = entrySchema.safeParse(raw);
  if (!entry.success) {
    throw new Refusal('validation_error', 'The entry breaks its schema', {
      errors: fieldFaults(entry.error.issues),
    });
  }
  const { type, data, idempotencyKey, ifMatch } = entry.data;
  if (!serving.engine.knows(type)) throw unknownCommand();
  const delivery: MutableDelivery = { principal: sender.principal };
  if (sender.traceId !== null) delivery.traceId = sender.traceId;
  if (idempotencyKey !== undefined) delivery.idempotencyKey = idempotencyKey;
  if (ifMatch !== undefined) delivery.ifMatch = versionOf(ifMatch);
  return { command: checkedCommand(serving, type, data, 'data'), delivery };
}

function versionOf(ifMatch: number | string): number {
  return typeof ifMatch === 'number' ? ifMatch : Number(ifMatch.replaceAll('"', ''));
}

/** The same for a line of a stream. */
export function parseLine(serving: Serving, line: Buffer, sender: Sender): Submission {
  return parseEntry(serving, parseJson(line), sender);
}

/** What an entry that went no further has as its result. What was unforeseen is logged. */
export function failureResult(error: unknown, sender: Sender, log: Log): string {
  const traceId = sender.traceId ?? newTraceId();
  if (error instanceof Refusal) return problemResult('failed', refusalProblem(error, traceId));
  log.error({ err: error, traceId }, 'a command of a batch failed unexpectedly');
  return problemResult('failed', refusalProblem(unexpected(), traceId));
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
