/** Commands to explore an app with, made from what its schemas and definitions say. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { AnyCommandDefinition } from '../../define/command.ts';
import type { App } from '../../define/index.ts';
import type { CommandBody } from '../model/model.ts';
import { combinations, type JsonSchema, jsonSchemaOf, NAMES, valuesOf } from './values.ts';

/** Bodies of one command. */
const BODIES_MAX = 64;

/**
 * Commands of an app: of each, bodies in which whatever names an actor, a key or a claim takes the
 * form of every name, and every value of an enumeration comes once. What is left out stays out,
 * unless the command's `example` has it.
 * @param names of actors and values; two, unless given
 */
export function sampleCommands(app: App, names = NAMES): readonly CommandBody[] {
  return [...app.commands].flatMap(([type, { commands }]) => {
    const definition = commands[type];
    return definition ? bodiesOf(definition, names).map((data) => ({ type, data })) : [];
  });
}

type Body = Readonly<Record<string, unknown>>;

function bodiesOf(definition: AnyCommandDefinition, names: readonly string[]): readonly Body[] {
  const { clientSchema } = definition;
  const { properties = {}, required = [] } = jsonSchemaOf(clientSchema, 'input');
  const example: Body = z
    .record(z.string(), z.unknown())
    .catch({})
    .parse(definition.example ?? {});
  const values = new Map(
    Object.entries(properties).map(([field, schema]) => [field, valuesOf(schema, names)]),
  );
  const first = (field: string) => values.get(field)?.[0] ?? example[field];
  const written = [...new Set([...required, ...Object.keys(example)])];
  const plain = Object.fromEntries(written.map((field) => [field, first(field)]));
  const decides = (field: string) => isSpokenOf(definition, plain, field, values.get(field) ?? []);
  const present = [...values.keys()].filter((field) => written.includes(field) || decides(field));
  const choices = present.map((field): readonly unknown[] => {
    const all = values.get(field) ?? [];
    if (all.length === 0 || (isFreeText(properties[field]) && !decides(field))) {
      return [example[field] ?? all[0]];
    }
    return all;
  });
  const bodies = combinations(choices, BODIES_MAX).map((taken) =>
    Object.fromEntries(present.map((field, at) => [field, taken[at]])),
  );
  const others = [...values].flatMap(([field, all]) =>
    present.includes(field) || isFreeText(properties[field])
      ? []
      : all.map((value) => ({ ...bodies[0], [field]: value })),
  );
  return [...bodies, ...others].filter((body) => clientSchema.safeParse(body).success);
}

/** Whether a text that could be any. */
function isFreeText(schema: JsonSchema | undefined): boolean {
  return schema?.type === 'string' && schema.enum === undefined && schema.const === undefined;
}

/** Whether a field names an actor, a key or a claim: they are others when it is. */
function isSpokenOf(
  definition: AnyCommandDefinition,
  body: Body,
  field: string,
  [one, other]: readonly unknown[],
): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return false;
  const spoken = [one, other].map((value) => spokenOf(definition, { ...body, [field]: value }));
  // Where the values do not fit together, every one of them may matter.
  return spoken.includes(null) || !isDeepStrictEqual(spoken[0], spoken[1]);
}

function spokenOf(definition: AnyCommandDefinition, body: Body): readonly unknown[] | null {
  const parsed = definition.clientSchema.safeParse(body);
  if (!parsed.success) return null;
  const data: unknown = definition.complete(parsed.data, () => 'new-id');
  const facts: Readonly<Record<string, { id: string; key?: string }>> = definition.facts(data);
  const found = Object.values(facts).map(({ id, key }) => [id, key]);
  return [definition.target(data), found, definition.claims(data)];
}
