import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { HTTP_LIMITS } from './limits.ts';
import { type FieldFault, Refusal } from './problem.ts';

/** A schema's issues, field by field; never more than a problem should carry. */
export function fieldFaults(
  issues: readonly z.core.$ZodIssue[],
  prefix = '',
): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  for (const issue of issues) {
    const path = [...(prefix === '' ? [] : [prefix]), ...issue.path.map(String)];
    if (issue.code !== 'unrecognized_keys') {
      faults.push({ field: path.join('.'), message: issue.message });
      continue;
    }
    for (const key of issue.keys) {
      faults.push({ field: [...path, key].join('.'), message: 'Unknown field' });
    }
  }
  return faults.slice(0, HTTP_LIMITS.errorsMax);
}

/** @throws Refusal when a request brings query parameters to a route that has none */
export function refuseSearch(incoming: IncomingMessage): void {
  const question = incoming.url?.indexOf('?') ?? -1;
  if (question === -1) return;
  const names = [...new URLSearchParams(incoming.url?.slice(question)).keys()];
  if (names.length > 0) throw badSearch(names.map((field) => ({ field, message: UNKNOWN })));
}

const UNKNOWN = 'Unknown query parameter';

/** The refusal of bad, unknown or ill-assorted query parameters. */
export function badSearch(errors: readonly FieldFault[]): Refusal {
  return new Refusal('validation_error', 'The query parameters break their schema', {
    errors: errors.slice(0, HTTP_LIMITS.errorsMax),
  });
}
