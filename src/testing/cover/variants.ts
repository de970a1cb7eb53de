/** What facts may find: nothing, something, and every truth in it. */
import type { CollectionDefinition, PolicyFact, PolicyFactMap } from '../../define/index.ts';
import type { JsonObject } from '../../define/json.ts';
import { combinations, jsonSchemaOf, valuesOf } from './values.ts';

/** Answers to all facts of one message. */
const ANSWERS_MAX = 64;
const SINCE = '2000-01-01T00:00:00.000Z';
/** More than any rule counts to. */
const MANY = 1_000_000_000;

/** Every way in which the facts of a message may be found, up to a bound. */
export function factVariants(
  wanted: PolicyFactMap,
  names: readonly string[],
): readonly JsonObject[] {
  const facts = Object.entries(wanted);
  const choices = facts.map(([, fact]) => variantsOf(fact, names));
  // Everything in them is made here or from a schema's JSON form.
  return combinations(choices, ANSWERS_MAX).map(
    (taken) => Object.fromEntries(facts.map(([name], at) => [name, taken[at]])) as JsonObject,
  );
}

function variantsOf(fact: PolicyFact, names: readonly string[]): readonly unknown[] {
  switch (fact.kind) {
    case 'view': {
      const schema = jsonSchemaOf(fact.view.schema, 'output');
      return [null, ...withEveryTruth(valuesOf(schema, names)[0], schema.properties ?? {})];
    }
    case 'entry':
      return [null, entryOf(fact.collection, fact.key, names)];
    case 'size':
      return [0, MANY];
    case 'page': {
      const items = names.map((name) => entryOf(fact.collection, name, names));
      const next = { since: SINCE, key: names.at(-1) };
      return [
        { items: [], next: null },
        { items: items.slice(0, 1), next: null },
        { items, next },
      ];
    }
    case 'heads':
      return [[1]];
    case 'passed':
      return [true, false];
  }
}

function entryOf({ value }: CollectionDefinition, key: string, names: readonly string[]) {
  return { key, since: SINCE, value: value && valuesOf(jsonSchemaOf(value, 'output'), names)[0] };
}

/** A value, and the same with each of its truths the other way. */
function withEveryTruth(value: unknown, properties: Readonly<Record<string, object>>): unknown[] {
  const isTruth = (schema: object) => 'type' in schema && schema.type === 'boolean';
  const truths = Object.keys(properties).filter((name) => isTruth(properties[name] ?? {}));
  let all: unknown[] = [value];
  for (const truth of truths) {
    all = all.flatMap((each) => [false, true].map((is) => ({ ...Object(each), [truth]: is })));
  }
  return all;
}
