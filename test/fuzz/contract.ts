import { z } from 'zod';
import { type Check, type Schema, Schemas } from './schema.ts';

const schema = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.looseObject({ schema }));
const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.unknown()).optional(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean(),
        schema,
      }),
    )
    .default([]),
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: content.optional() })),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: schema }),
});

export interface Parameter {
  readonly name: string;
  readonly schema: Schema;
}

/** One route and method, as the served document describes it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Whether it is answered without credentials. */
  readonly isOpen: boolean;
  readonly inPath: readonly Parameter[];
  readonly inQuery: readonly Parameter[];
  readonly inHeader: readonly Parameter[];
  /** The schema of its body, by media type. */
  readonly bodies: ReadonlyMap<string, Schema>;
  /** The check of an answer's body, by status and media type. */
  readonly answers: ReadonlyMap<number, ReadonlyMap<string, Check>>;
}

/** What the server says of itself. */
export interface Contract {
  readonly operations: readonly Operation[];
  readonly schemas: Schemas;
  /** The check of every answer that is no success. */
  readonly problem: Check;
}

/** Reads the document that a server gives out. */
export async function readContract(url: string): Promise<Contract> {
  const document = documentSchema.parse(await (await fetch(`${url}/openapi.json`)).json());
  const schemas = new Schemas(document.components.schemas);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => {
      const placed = (place: string) => operation.parameters.filter((each) => each.in === place);
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        isOpen: operation.security?.length === 0,
        inPath: placed('path'),
        inQuery: placed('query'),
        inHeader: placed('header'),
        bodies: new Map(
          Object.entries(operation.requestBody?.content ?? {}).map(([type, of]) => [
            type,
            of.schema,
          ]),
        ),
        answers: new Map(
          Object.entries(operation.responses).map(([status, answer]) => [
            Number(status),
            new Map(
              Object.entries(answer.content ?? {}).map(([type, of]) => [
                type,
                schemas.check(of.schema),
              ]),
            ),
          ]),
        ),
      };
    }),
  );
  const problem = schemas.check({ $ref: '#/components/schemas/Problem' });
  return { operations, schemas, problem };
}
