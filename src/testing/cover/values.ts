/** Values that a schema takes, for commands and events that nobody wrote down. */
import { z } from 'zod';

/** The names that actors and values go by, unless others are given. */
export const NAMES: readonly string[] = ['ann', 'bob'];

const jsonSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  get anyOf() {
    return z.array(jsonSchema).optional();
  },
  get oneOf() {
    return z.array(jsonSchema).optional();
  },
  get allOf() {
    return z.array(jsonSchema).optional();
  },
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  minItems: z.number().optional(),
  get items() {
    return jsonSchema.optional();
  },
  get properties() {
    return z.record(z.string(), jsonSchema).optional();
  },
  required: z.array(z.string()).optional(),
});
export type JsonSchema = z.output<typeof jsonSchema>;

/** A schema as JSON Schema, before (`input`) or after (`output`) it is parsed. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return jsonSchema.parse(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
}

/**
 * Values that a schema takes: every one of an enumeration, both truths, a text for each name.
 * None where no plausible value fits.
 */
export function valuesOf(schema: JsonSchema, names: readonly string[]): readonly unknown[] {
  if (schema.const !== undefined) return [schema.const];
  if (schema.enum) return schema.enum;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.flatMap((choice) => valuesOf(choice, names));
  const { type } = schema;
  switch (Array.isArray(type) ? type[0] : type) {
    case 'string':
      return textsOf(schema, names);
    case 'boolean':
      return [false, true];
    case 'integer':
    case 'number':
      return [Math.max(schema.minimum ?? 0, (schema.exclusiveMinimum ?? -1) + 1, 0)];
    case 'null':
      return [null];
    case 'array':
      return schema.minItems ? [valuesOf(schema.items ?? {}, names).slice(0, 1)] : [[]];
    case 'object':
      return [objectOf(schema, names)];
    default:
      return ['any'];
  }
}

function objectOf({ properties = {}, required = [] }: JsonSchema, names: readonly string[]) {
  return Object.fromEntries(
    required.map((name) => [name, valuesOf(properties[name] ?? {}, names)[0]]),
  );
}

/** One text for each name: the first form of it that the schema takes. */
function textsOf(schema: JsonSchema, names: readonly string[]): readonly string[] {
  return names.flatMap((name, index) => {
    const found = formsOf(name, index, schema).find((text) => takes(schema, text));
    return found === undefined ? [] : [found];
  });
}

function formsOf(name: string, index: number, { minLength = 0 }: JsonSchema): readonly string[] {
  const number = index + 1;
  const digits = String(number).padStart(12, '0');
  return [
    name,
    `${name}@example.org`,
    name.padEnd(minLength, 'x'),
    name.toUpperCase(),
    `A${number}`,
    String(number),
    `00000000-0000-4000-8000-${digits}`,
    `2000-01-0${number}T00:00:00.000Z`,
    `2000-01-0${number}`,
    `https://${name}.example.org`,
    name.slice(0, 1),
    name.slice(0, 2),
    `+3100000000${number}`,
    ...['A', 'AA', 'AAA', 'a', 'aa'].map((letters) => `${letters}-${number}`),
  ];
}

function takes(schema: JsonSchema, text: string): boolean {
  const { pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY, allOf = [] } = schema;
  if (text.length < minLength || text.length > maxLength) return false;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return false;
  return allOf.every((part) => takes(part, text));
}

/** Every way to take one of each, the first of all first, up to a bound. */
export function combinations<T>(choices: readonly (readonly T[])[], max: number): readonly T[][] {
  let all: T[][] = [[]];
  for (const each of choices) {
    all = all.flatMap((taken) => each.map((one) => [...taken, one])).slice(0, max);
  }
  return all;
}
