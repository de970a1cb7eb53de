import { z } from 'zod';
import type { App, QueryDefinition } from '../../define/index.ts';
import { ASYNC_ROUTE } from '../commands.ts';
import { METRICS_ROUTE } from '../metrics.ts';
import type { ProblemCode } from '../problem.ts';
import { TRAIL_ROUTE, trailSearch } from '../queries.ts';
import { type Components, type Part, ref } from './components.ts';
import {
  content,
  documentPath,
  openProblems,
  type Paths,
  parameters,
  problems,
} from './operations.ts';

const READ_PROBLEMS: readonly ProblemCode[] = ['not_found', 'validation_error', 'unavailable'];

/** Describes the routes that read: results, queries, trails, health, and this document. */
export function describeReads(app: App, replies: Components, paths: Paths): void {
  paths[documentPath(ASYNC_ROUTE)] = { get: resultOperation() };
  for (const query of app.queries) {
    replies.named(`queries.${query.name}`, query.result);
    paths[query.route] = { get: queryOperation(query) };
  }
  paths[documentPath(TRAIL_ROUTE)] = { get: trailOperation() };
  paths[METRICS_ROUTE] = { get: metricsOperation() };
  paths['/livez'] = { get: healthOperation('livez', 'Whether the process serves.') };
  paths['/readyz'] = { get: healthOperation('readyz', 'Whether commands can be taken.') };
  paths['/openapi.json'] = { get: openOperation('getContract', 'This document.', DOCUMENT) };
  paths['/docs'] = { get: openOperation('getDocs', 'A page to read and try it.', PAGE) };
}

const DOCUMENT = { 200: { description: 'The document.', content: content({ type: 'object' }) } };
const PAGE = { 200: { description: 'HTML.', content: content({ type: 'string' }, 'text/html') } };

function resultOperation(): Part {
  return {
    operationId: 'getCommandResult',
    tags: ['commands'],
    summary: 'What became of a command sent with `Prefer: respond-async`.',
    parameters: parameters('path', z.object({ commandId: z.string() })),
    responses: {
      200: { description: 'Pending, or its result.', content: content(ref('AsyncResult')) },
      ...problems(READ_PROBLEMS),
    },
  };
}

function queryOperation(query: QueryDefinition): Part {
  return {
    operationId: query.name,
    tags: ['queries'],
    summary: query.summary,
    parameters: [
      ...parameters('path', query.params),
      ...parameters('query', query.search),
      ...parameters('header', queryHeaders),
    ],
    responses: {
      200: { description: 'What was found.', content: content(ref(`queries.${query.name}`)) },
      ...problems([...READ_PROBLEMS, 'malformed_request', 'not_yet_visible']),
    },
  };
}

const queryHeaders = z.object({
  'Min-Position': z
    .string()
    .optional()
    .describe(
      'Positions, separated by commas: the read models are to show what was recorded there. It is ' +
        'waited for as long as `Prefer: wait=<seconds>` says, 5 s without it, 30 s at most.',
    ),
});

function trailOperation(): Part {
  return {
    operationId: 'getTrail',
    tags: ['queries'],
    summary: 'The audit trail of one actor, newest first.',
    description: 'With `Accept: application/cloudevents+json` the items are CloudEvents.',
    parameters: [
      ...parameters('path', z.object({ type: z.string(), id: z.string() })),
      ...parameters('query', trailSearch),
    ],
    responses: {
      200: {
        description: 'A page.',
        content: content({ anyOf: [ref('TrailPage'), ref('CloudTrailPage')] }),
      },
      ...problems(READ_PROBLEMS),
    },
  };
}

function healthOperation(operationId: string, summary: string): Part {
  const body = content({ type: 'object' });
  return openOperation(operationId, summary, {
    200: { description: 'Yes.', content: body },
    503: { description: 'No: the checks that fail, with what is wrong.', content: body },
  });
}

function metricsOperation(): Part {
  return {
    operationId: 'getMetrics',
    tags: ['running'],
    summary: 'What this node counted, and how the policies fare, for Prometheus.',
    responses: {
      200: {
        description: "Prometheus's text format.",
        content: content({ type: 'string' }, 'text/plain'),
      },
      ...problems(['validation_error']),
    },
  };
}

/** An operation that takes no credentials. */
function openOperation(operationId: string, summary: string, responses: Part): Part {
  const answers = { ...openProblems(), ...responses };
  return { operationId, tags: ['running'], summary, security: [], responses: answers };
}
