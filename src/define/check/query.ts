import { z } from 'zod';
import type { QueryDefinition } from '../query.ts';
import { checkName, quote, type Report } from './fault.ts';

/** A query's name, and that its route has the parameters that its schema parses. */
export function checkQuery(query: QueryDefinition, report: Report): void {
  checkName(report, 'name', query.name);
  if (!(query.params instanceof z.ZodObject)) return;
  const inRoute = [...query.route.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? '');
  const inSchema = Object.keys(query.params.shape);
  for (const name of inRoute) {
    if (!inSchema.includes(name)) {
      report('params', `the route ${query.route} has a parameter ${quote(name)} that params lacks`);
    }
  }
  for (const name of inSchema) {
    if (!inRoute.includes(name)) {
      report(`params.${name}`, `the route ${query.route} has no such parameter`);
    }
  }
}
