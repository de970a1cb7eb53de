/** A JSON Schema, as far as a form reads it. */
export type Schema = Readonly<Record<string, unknown>>;

/** Where a value stands in a command's data. */
export type Path = readonly (string | number)[];

/** What a form shows for a value. Whatever a schema says more, the server holds the data to. */
export type Field =
  | { readonly kind: 'text'; readonly isLong: boolean }
  | { readonly kind: 'number'; readonly isWhole: boolean }
  | { readonly kind: 'choice'; readonly options: readonly unknown[] }
  | { readonly kind: 'group'; readonly members: readonly Member[] }
  | { readonly kind: 'list'; readonly of: Schema }
  /** Written as JSON: no form knows it. */
  | { readonly kind: 'json' };

export interface Member {
  readonly name: string;
  readonly schema: Schema;
  readonly isNeeded: boolean;
}

/** Deeper than this, data is written as JSON. */
const DEPTH_MAX = 6;
/** Texts that may be longer get several lines. */
const LINE_CHARS_MAX = 500;

/** How a value of a schema is asked for. @param root where `$ref` points into */
export function fieldOf(given: Schema, root: Schema, depth = 0): Field {
  if (depth > DEPTH_MAX) return { kind: 'json' };
  const options = optionsOf(given, root);
  const choices = options.flatMap((option) => valuesOf(option) ?? [undefined]);
  if (!choices.includes(undefined) && choices.some((choice) => choice !== null)) {
    return { kind: 'choice', options: choices };
  }
  const [schema, ...others] = options.filter((option) => !isNull(option));
  if (!schema) return { kind: 'choice', options: [null] };
  if (others.length > 0) return { kind: 'json' };
  switch (schema.type) {
    case 'string':
      return { kind: 'text', isLong: Number(schema.maxLength ?? 0) > LINE_CHARS_MAX };
    case 'number':
    case 'integer':
      return { kind: 'number', isWhole: schema.type === 'integer' };
    case 'array':
      return isSchema(schema.items) ? { kind: 'list', of: schema.items } : { kind: 'json' };
    case 'object':
      return groupOf(schema);
    default:
      return { kind: 'json' };
  }
}

function groupOf({ properties, required }: Schema): Field {
  if (!isSchema(properties)) return { kind: 'json' };
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const members = Object.entries(properties).flatMap(([name, schema]) =>
    isSchema(schema) ? [{ name, schema, isNeeded: needed.includes(name) }] : [],
  );
  return { kind: 'group', members };
}

/** All that a value may be: one schema, unless it is a union. Each carries what is said of the whole. */
export function optionsOf(given: Schema, root: Schema): readonly Schema[] {
  const schema = referred(given, root);
  const { anyOf, oneOf, type, ...whole } = schema;
  const union = anyOf ?? oneOf;
  if (Array.isArray(union)) {
    return union.filter(isSchema).map((option) => ({ ...whole, ...referred(option, root) }));
  }
  if (Array.isArray(type)) return type.map((each: unknown) => ({ ...whole, type: each }));
  return [schema];
}

/** Whether it may be `null`, beside something else. */
export function isNullable(schema: Schema, root: Schema): boolean {
  const options = optionsOf(schema, root);
  return options.length > 1 && options.some(isNull);
}

function isNull({ type }: Schema): boolean {
  return type === 'null';
}

/** All values there are; `null` where they cannot be counted. */
function valuesOf(schema: Schema): readonly unknown[] | null {
  if (Array.isArray(schema.enum)) return schema.enum;
  if ('const' in schema) return [schema.const];
  if (schema.type === 'boolean') return [true, false];
  return isNull(schema) ? [null] : null;
}

/** Follows a reference within the schema. */
function referred(schema: Schema, root: Schema): Schema {
  const { $ref: ref } = schema;
  if (typeof ref !== 'string') return schema;
  let found: unknown = root;
  for (const part of ref.split('/').slice(1)) found = isSchema(found) ? found[part] : null;
  return isSchema(found) ? found : {};
}

/**
 * The data with what a form cannot leave out: needed groups and lists that are empty, what can be one
 * value alone, and `null` where it may be and nothing else was given.
 */
export function filled(data: unknown, schema: Schema, root: Schema, depth = 0): unknown {
  const field = fieldOf(schema, root, depth);
  if (field.kind === 'list' && Array.isArray(data)) {
    return data.map((item: unknown) => filled(item, field.of, root, depth + 1));
  }
  if (field.kind !== 'group' || !isSchema(data)) return data;
  const members = field.members.flatMap((member) => {
    const { name, isNeeded } = member;
    const given = data[name] === undefined && isNeeded ? emptyOf(member, root, depth) : data[name];
    const value = filled(given, member.schema, root, depth + 1);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...data, ...Object.fromEntries(members) };
}

/** What a needed member is while nothing of it was given. */
function emptyOf({ schema }: Member, root: Schema, depth: number): unknown {
  const field = fieldOf(schema, root, depth + 1);
  if (field.kind === 'choice') return field.options.length === 1 ? field.options[0] : undefined;
  if (field.kind === 'json') return undefined;
  if (isNullable(schema, root)) return null;
  return field.kind === 'group' ? {} : field.kind === 'list' ? [] : undefined;
}

/** The value at a path; `undefined` where there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => (isIndexed(value) ? value[part] : undefined), data);
}

/** The data with another value at a path; `undefined` takes it away. */
export function withValue(data: unknown, path: Path, value: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return value;
  const inner = withValue(isIndexed(data) ? data[part] : undefined, rest, value);
  if (typeof part === 'number') {
    const items: unknown[] = Array.isArray(data) ? [...data] : [];
    if (inner === undefined) items.splice(part, 1);
    else items[part] = inner;
    return items;
  }
  const { [part]: _before, ...others } = isSchema(data) ? data : {};
  if (inner === undefined) return others;
  // A member that was there keeps its place.
  return isSchema(data) && part in data ? { ...data, [part]: inner } : { ...others, [part]: inner };
}

/** What a new item of a list begins with. */
export function beginningOf(schema: Schema, root: Schema): unknown {
  const field = fieldOf(schema, root);
  switch (field.kind) {
    case 'text':
      return '';
    case 'number':
      return 0;
    case 'choice':
      return field.options[0] ?? null;
    case 'group':
      return {};
    case 'list':
      return [];
    case 'json':
      return null;
  }
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIndexed(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null;
}
