import type { IncomingMessage } from 'node:http';
import { parseJson, readBody } from '../body.ts';
import { wrongMediaType } from '../commands.ts';
import type { SecuredHandler, Services } from '../context.ts';
import { refuseSearch } from '../faults.ts';
import { traceId, wantsAsync } from '../headers.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { mediaType } from '../media-type.ts';
import { type FieldFault, Refusal } from '../problem.ts';
import { outcomeResult } from '../reply.ts';
import { checkEntrySize, failureResult, parseEntry, type Sender } from './entry.ts';
import { CommandStream } from './stream.ts';

export const BATCH_ROUTE = '/v1/commands';

/** `POST /v1/commands`: a JSON batch, or a stream of lines. */
export function batchHandler(services: Services): SecuredHandler {
  return async (context, principal) => {
    const { incoming } = context.env;
    refuseCommandHeaders(incoming);
    const sender = { principal, traceId: traceId(incoming) };
    if (mediaType(incoming, true) === 'ndjson') {
      refuseSearch(incoming);
      return new CommandStream(services, incoming, sender).start();
    }
    const bytes = await readBody(incoming, HTTP_LIMITS.batchBytesMax);
    if (mediaType(incoming, bytes.length > 0) !== 'json') {
      throw wrongMediaType('application/json or application/x-ndjson');
    }
    const body = parseJson(bytes);
    refuseSearch(incoming);
    const mayHoldLarge = bytes.length > HTTP_LIMITS.commandBytesMax;
    const results = await runEntries(services, entriesOf(body), sender, mayHoldLarge);
    return new Response(`{"results":[${results.join(',')}]}`, {
      headers: { 'content-type': 'application/json' },
    });
  };
}

/** In the order given: all are in their mailboxes before the first of them runs. */
function runEntries(
  { engine, logger }: Services,
  entries: readonly unknown[],
  sender: Sender,
  mayHoldLarge: boolean,
): Promise<string[]> {
  return Promise.all(
    entries.map(async (entry) => {
      try {
        if (mayHoldLarge) checkEntrySize(entry);
        const { command, delivery } = parseEntry(engine, entry, sender);
        return outcomeResult(await engine.submit(command, delivery));
      } catch (error) {
        return failureResult(error, sender, logger);
      }
    }),
  );
}

/** @throws Refusal when the whole is no batch */
function entriesOf(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null || !('commands' in body)) {
    throw badBatch([{ field: 'commands', message: 'Expected the commands, in a list' }]);
  }
  const { commands, ...others } = body;
  const unknown = Object.keys(others).map((field) => ({ field, message: 'Unknown field' }));
  if (unknown.length > 0) throw badBatch(unknown.slice(0, HTTP_LIMITS.errorsMax));
  if (!Array.isArray(commands)) {
    throw badBatch([{ field: 'commands', message: 'Expected a list' }]);
  }
  if (commands.length > HTTP_LIMITS.batchCommandsMax) {
    const message = `Expected at most ${HTTP_LIMITS.batchCommandsMax} commands`;
    throw badBatch([{ field: 'commands', message }]);
  }
  return commands;
}

function badBatch(errors: readonly FieldFault[]): Refusal {
  return new Refusal('validation_error', 'The batch breaks its schema', { errors });
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
