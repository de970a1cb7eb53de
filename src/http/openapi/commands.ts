import { z } from 'zod';
import type { App } from '../../define/index.ts';
import { entrySchema } from '../batch/entry.ts';
import { BATCH_ROUTE, batchSchema } from '../batch/handler.ts';
import { idempotencyKeySchema, ifMatchSchema } from '../headers.ts';
import { HTTP_LIMITS } from '../limits.ts';
import type { ProblemCode } from '../problem.ts';
import { type Components, type Part, ref } from './components.ts';
import { content, headers, type Paths, parameters, problems, REPLAY_HEADER } from './operations.ts';

const traceparent = z
  .string()
  .optional()
  .meta({ description: 'W3C Trace Context; one that is malformed is ignored.' });

const commandHeaders = z.object({
  'Idempotency-Key': idempotencyKeySchema
    .optional()
    .meta({ description: 'Sent again with the same command, it gives the first answer again.' }),
  'If-Match': ifMatchSchema
    .optional()
    .meta({ description: 'The version that the actor must have, such as `"7"`.' }),
  Prefer: z
    .string()
    .optional()
    .meta({ description: '`respond-async` answers before the command has run.' }),
  traceparent,
});

const COMMAND_PROBLEMS: readonly ProblemCode[] = [
  'malformed_request',
  'rejected',
  'version_mismatch',
  'too_large',
  'unsupported_media_type',
  'validation_error',
  'idempotency_key_reused',
  'overloaded',
  'unavailable',
];

/** Describes the routes that take commands: one each, and the batch. */
export function describeCommands(app: App, requests: Components, paths: Paths): void {
  const entries: z.ZodObject[] = [];
  for (const [name, aggregate] of app.commands) {
    const command = aggregate.commands[name];
    if (!command) continue;
    const body = requests.named(`commands.${name}`, command.clientSchema);
    entries.push(
      requests.named(`entries.${name}`, entrySchema.extend({ type: z.literal(name), data: body })),
    );
    paths[`/v1/commands/${name}`] = {
      post: commandOperation(name, command.summary, command.example),
    };
  }
  const [first, ...others] = entries;
  const entry = requests.named('Entry', first ? z.union([first, ...others]) : entrySchema);
  const commands = z.array(entry).max(HTTP_LIMITS.batchCommandsMax);
  requests.named('Batch', batchSchema.extend({ commands }));
  paths[BATCH_ROUTE] = { post: batchOperation() };
}

function commandOperation(name: string, summary: string, example: unknown): Part {
  return {
    operationId: name,
    tags: ['commands'],
    summary,
    parameters: parameters('header', commandHeaders),
    requestBody: {
      required: true,
      content: content(ref(`commands.${name}`), 'application/json', example),
    },
    responses: {
      200: {
        description: 'Accepted, and durable.',
        headers: headers({ ETag: "The actor's version", ...REPLAY_HEADER }),
        content: content(ref('Accepted')),
      },
      202: {
        description: 'Kept durably, and run later.',
        headers: headers({ Location: 'Where its result will be', ...REPLAY_HEADER }),
        content: content(ref('Pending')),
      },
      ...problems(COMMAND_PROBLEMS),
    },
  };
}

function batchOperation(): Part {
  return {
    operationId: 'runBatch',
    tags: ['batches'],
    summary: 'Runs many commands; those to one actor in the order given.',
    description:
      'A JSON batch, or a stream of lines of any length. It is no transaction: a command that ' +
      'fails does not stop the others.',
    parameters: parameters('header', z.object({ traceparent })),
    requestBody: {
      required: true,
      content: { ...content(ref('Batch')), ...content(ref('Entry'), 'application/x-ndjson') },
    },
    responses: {
      200: {
        description: 'One result for each command, in the order given.',
        content: {
          ...content(ref('BatchResults')),
          ...content(ref('Result'), 'application/x-ndjson'),
        },
      },
      ...problems(['malformed_request', 'too_large', 'unsupported_media_type', 'validation_error']),
    },
  };
}
