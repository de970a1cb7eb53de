import { z } from 'zod';
import { HTTP_LIMITS } from '../limits.ts';
import { MAILBOX_FULL_STATUS, PROBLEMS, type ProblemCode } from '../problem.ts';
import { inline, type Part, ref } from './components.ts';

/** Operations by path and method. */
export type Paths = Record<string, Record<string, Part>>;

/** A route as the document writes it: `/v1/orders/:id` → `/v1/orders/{id}`. */
export function documentPath(route: string): string {
  return route.replaceAll(/:(\w+)/g, '{$1}');
}

/** The content of a body, by media type; `example` where there is one. */
export function content(
  schema: Part,
  mediaType = 'application/json',
  example: unknown = null,
): Part {
  return { [mediaType]: { schema, ...(example !== null && { example }) } };
}

/** Headers of an answer, all of them text. */
export function headers(descriptions: Readonly<Record<string, string>>): Part {
  return Object.fromEntries(
    Object.entries(descriptions).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );
}

/** The parameters that an object's members are, in `path`, `query` or `header`. */
export function parameters(place: 'path' | 'query' | 'header', schema: z.ZodType): Part[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).map(([name, member]) => {
    const { description, ...type } = inline(member);
    return {
      name,
      in: place,
      required: place === 'path' || !z.safeParse(member, undefined).success,
      schema: type,
      ...(description !== undefined && { description }),
    };
  });
}

/** What a request may meet that needs no credentials: it may be no whole one, or of a foreign host. */
const OPEN: readonly ProblemCode[] = ['malformed_request', 'forbidden', 'system_error'];

/** What any request under `/v1` may meet. */
const SECURED: readonly ProblemCode[] = [...OPEN, 'unauthenticated'];

/** Of each answer that is kept for its key. */
export const REPLAY_HEADER = {
  'Idempotency-Replayed': '`true` where it is the first answer again',
} as const;

const PROBLEM_HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'WWW-Authenticate': 'Bearer' },
  409: { ETag: "The actor's version", ...REPLAY_HEADER },
  412: { ETag: "The actor's version" },
  429: { 'Retry-After': `Seconds: ${HTTP_LIMITS.retryAfterSeconds}` },
  503: { 'Retry-After': 'Seconds, where the node is full' },
};

/** The answers of an operation that are problems: those every one has, and these. */
export function problems(codes: readonly ProblemCode[]): Part {
  return described(new Set([...SECURED, ...codes]));
}

/** The same for an operation that takes no credentials. */
export function openProblems(): Part {
  return described(new Set(OPEN));
}

function described(codes: ReadonlySet<ProblemCode>): Part {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  if (codes.has('overloaded')) byStatus.set(MAILBOX_FULL_STATUS, ['overloaded']);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => {
      const kinds = ofStatus.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`);
      const added = PROBLEM_HEADERS[status];
      return [
        status,
        {
          description: kinds.join(' '),
          content: content(ref('Problem'), 'application/problem+json'),
          ...(added && { headers: headers(added) }),
        },
      ];
    }),
  );
}
