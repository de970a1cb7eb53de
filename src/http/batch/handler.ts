import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { parseJson, readBody } from '../body.ts';
import { wrongMediaType } from '../commands.ts';
import type { SecuredHandler, Serving } from '../context.ts';
import { fieldFaults, refuseSearch } from '../faults.ts';
import { traceId, wantsAsync } from '../headers.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { mediaType } from '../media-type.ts';
import { Refusal } from '../problem.ts';
import { outcomeResult } from '../reply.ts';
import { checkEntrySize, failureResult, parseEntry, type Sender } from './entry.ts';
import { CommandStream } from './stream.ts';

export const BATCH_ROUTE = '/v1/commands';

/** `POST /v1/commands`: a JSON batch, or a stream of lines. */
export function batchHandler(serving: Serving): SecuredHandler {
  return async (context, principal) => {
    const { incoming } = context.env;
    refuseCommandHeaders(incoming);
    const sender = { principal, traceId: traceId(incoming) };
    if (mediaType(incoming, true) === 'ndjson') {
      refuseSearch(incoming);
      return new CommandStream(serving, incoming, sender).start();
    }
    const bytes = await readBody(incoming, HTTP_LIMITS.batchBytesMax);
    if (mediaType(incoming, bytes.length > 0) !== 'json') {
      throw wrongMediaType('application/json or application/x-ndjson');
    }
    const body = parseJson(bytes);
    refuseSearch(incoming);
    const mayHoldLarge = bytes.length > HTTP_LIMITS.commandBytesMax;
    const results = await runEntries(serving, entriesOf(body), sender, mayHoldLarge);
    return new Response(`{"results":[${results.join(',')}]}`, {
      headers: { 'content-type': 'application/json' },
    });
  };
}

/** In the order given: all are in their mailboxes before the first of them runs. */
function runEntries(
  serving: Serving,
  entries: readonly unknown[],
  sender: Sender,
  mayHoldLarge: boolean,
): Promise<string[]> {
  const { engine, log, meters } = serving;
  return Promise.all(
    entries.map(async (entry) => {
      try {
        if (mayHoldLarge) checkEntrySize(entry);
        const { command, delivery } = parseEntry(serving, entry, sender);
        const begunAt = meters.now();
        const outcome = await engine.submit(command, delivery);
        meters.decided(command.type, outcome, begunAt);
        return outcomeResult(outcome);
      } catch (error) {
        return failureResult(error, sender, log);
      }
    }),
  );
}

/** A batch; each of its entries is checked alone. */
export const batchSchema = z.strictObject({
  commands: z
    .array(z.unknown())
    .max(HTTP_LIMITS.batchCommandsMax, `Expected at most ${HTTP_LIMITS.batchCommandsMax} commands`),
});

/** @throws Refusal when the whole is no batch */
function entriesOf(body: unknown): readonly unknown[] {
  const batch = batchSchema.safeParse(body);
  if (batch.success) return batch.data.commands;
  throw new Refusal('validation_error', 'The batch breaks its schema', {
    errors: fieldFaults(batch.error.issues),
  });
}

/** Headers that speak of one command; an entry has members for them. */
function refuseCommandHeaders(incoming: IncomingMessage): void {
  const { headers } = incoming;
  const names = ['idempotency-key', 'if-match'].filter((name) => headers[name] !== undefined);
  if (wantsAsync(incoming)) names.push('prefer: respond-async');
  if (names.length > 0) {
    throw new Refusal('malformed_request', `A batch takes no ${names.join(', no ')}`);
  }
}
