import { z } from 'zod';

/** A part of the document: plain JSON. */
export type Part = Readonly<Record<string, unknown>>;

const SCHEMAS = '#/components/schemas/';

/**
 * The schemas that the document names, in one direction: requests as clients may write them, or
 * answers as they are written. Where one holds another by name, it refers to it.
 */
export class Components {
  readonly #io: 'input' | 'output';
  readonly #registry = z.registry<{ id: string; description?: string }>();

  constructor(io: 'input' | 'output') {
    this.#io = io;
  }

  /** Gives a schema a name. What comes back is to be used in its place. */
  named<S extends z.ZodType>(id: string, schema: S, description?: string): S {
    // A copy: one schema may stand under several names.
    const copy = schema.clone();
    this.#registry.add(copy, { id, ...(description !== undefined && { description }) });
    return copy;
  }

  /** All named schemas, by name. */
  schemas(): Part {
    const { schemas } = z.toJSONSchema(this.#registry, {
      io: this.#io,
      uri: (id) => `${SCHEMAS}${id}`,
      unrepresentable: 'any',
    });
    return Object.fromEntries(
      Object.entries(schemas).map(([id, schema]) => [id, withoutFrame({ ...schema })]),
    );
  }
}

/** A reference to a named schema. */
export function ref(id: string): Part {
  return { $ref: `${SCHEMAS}${id}` };
}

/** A schema that stands alone, as its values are after parsing. */
export function inline(schema: z.core.$ZodType): Part {
  return withoutFrame({
    ...z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }),
  });
}

/** The document says once which dialect its schemas are in, and where they lie. */
function withoutFrame({ $schema, $id, id, ...schema }: Record<string, unknown>): Part {
  return schema;
}
