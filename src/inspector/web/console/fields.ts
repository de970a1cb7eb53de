/** A JSON Schema, as far as a form reads it. */
export type Schema = Readonly<Record<string, unknown>>;

/** Where a value stands in a command's data. */
export type Path = readonly (string | number)[];

/** What a form shows for a value. Whatever a schema says more, the server holds the data to. */
export type Field =
  | { readonly kind: 'text'; readonly lengthMax: number | null }
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

/** How a value of a schema is asked for. @param root where `$ref` points into */
export function fieldOf(given: Schema, root: Schema, depth = 0): Field {
  const schema = resolve(given, root);
  if (depth > DEPTH_MAX) return { kind: 'json' };
  if (Array.isArray(schema.enum)) return { kind: 'choice', options: schema.enum };
  if ('const' in schema) return { kind: 'choice', options: [schema.const] };
  switch (schema.type) {
    case 'string':
      return { kind: 'text', lengthMax: numberOf(schema.maxLength) };
    case 'number':
    case 'integer':
      return { kind: 'number', isWhole: schema.type === 'integer' };
    case 'boolean':
      return { kind: 'choice', options: [true, false] };
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

/** Follows a reference within the schema, and takes of `null` or something the something. */
export function resolve(schema: Schema, root: Schema): Schema {
  const { $ref: ref, anyOf } = schema;
  if (typeof ref === 'string') {
    let found: unknown = root;
    for (const part of ref.split('/').slice(1)) found = isSchema(found) ? found[part] : null;
    return isSchema(found) ? found : {};
  }
  if (Array.isArray(anyOf)) {
    const options = anyOf.filter(isSchema).filter(({ type }) => type !== 'null');
    const [only] = options;
    if (only && options.length === 1) return { ...schema, anyOf: undefined, ...only };
  }
  return schema;
}

/** What is told of a field beside its name. */
export function hintsOf(given: Schema, root: Schema): readonly string[] {
  const schema = resolve(given, root);
  const { description, default: fallback, minLength, maxLength, minimum, maximum } = schema;
  const within = (low: unknown, high: unknown, what: string) => {
    const least = typeof low === 'number' && low > Number.MIN_SAFE_INTEGER ? `from ${low}` : '';
    const most = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? `to ${high}` : '';
    const range = [least, most].filter(Boolean).join(' ');
    return range && `${range}${what}`;
  };
  return [
    typeof description === 'string' ? description : '',
    within(minLength, maxLength, ' characters'),
    within(minimum, maximum, ''),
    fallback === undefined ? '' : `${JSON.stringify(fallback)} unless given`,
  ].filter(Boolean);
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

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIndexed(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
