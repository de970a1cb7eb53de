import { z } from 'zod';
import type { ProblemCode } from '../problem.ts';
import { ABANDON_ROUTE, PROJECTIONS_ROUTE, REBUILD_ROUTE } from '../projections.ts';
import { type Components, type Part, ref } from './components.ts';
import { content, documentPath, type Paths, parameters, problems } from './operations.ts';
import { projectionFigures } from './policies.ts';

/** What `GET /v1/projections` answers. */
export const projectionList = z.looseObject({ items: z.array(projectionFigures) });

/** Describes the routes that tell of projections, and have their read models made anew. */
export function describeProjections(replies: Components, paths: Paths): void {
  replies.named('ProjectionList', projectionList);
  for (const status of ['started', 'under_way', 'abandoned', 'none']) {
    replies.named(`Rebuild.${status}`, z.looseObject({ status: z.literal(status) }));
  }
  paths[documentPath(PROJECTIONS_ROUTE)] = {
    get: {
      operationId: 'getProjections',
      tags: ['policies'],
      summary: 'How the read models fare, and how far those are that are made anew.',
      responses: {
        200: { description: 'As it is now.', content: content(ref('ProjectionList')) },
        ...problems(['validation_error', 'unavailable']),
      },
    },
  };
  paths[documentPath(REBUILD_ROUTE)] = {
    post: saying(
      'rebuildProjection',
      'Has a read model made anew from the history, beside the one that is read.',
      {
        202: {
          description: 'It is begun. When it has caught up it takes the place of what is read.',
          content: content(ref('Rebuild.started')),
        },
        200: {
          description: 'It is being made already, by the same version.',
          content: content(ref('Rebuild.under_way')),
        },
      },
      ['rejected'],
    ),
  };
  paths[documentPath(ABANDON_ROUTE)] = {
    post: saying(
      'abandonRebuild',
      'Gives up what is made beside what is read.',
      {
        200: {
          description: '`abandoned`: what is read stays. `none`: nothing was being made.',
          content: content({ oneOf: [ref('Rebuild.abandoned'), ref('Rebuild.none')] }),
        },
      },
      [],
    ),
  };
}

function saying(
  operationId: string,
  summary: string,
  responses: Part,
  codes: readonly ProblemCode[],
): Part {
  return {
    operationId,
    tags: ['policies'],
    summary,
    description: 'It needs no body.',
    parameters: parameters('path', z.object({ name: z.string() })),
    responses: {
      ...responses,
      ...problems([
        ...codes,
        'malformed_request',
        'not_found',
        'too_large',
        'validation_error',
        'unavailable',
      ]),
    },
  };
}
