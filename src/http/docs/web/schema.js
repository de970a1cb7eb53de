import { element } from './elements.js';

const PREFIX = '#/components/schemas/';

/** The schema that a reference names; any other is itself. */
export function resolve(api, schema) {
  const name = schemaName(schema);
  return name === null ? schema : api.components.schemas[name];
}

/** The name of a referred schema; `null` for one that has none. */
export function schemaName(schema) {
  return schema.$ref?.startsWith(PREFIX) ? schema.$ref.slice(PREFIX.length) : null;
}

/** A schema in few words: `string, 1 to 64`, `list of Result`. */
export function describeType(schema) {
  const name = schemaName(schema);
  if (name !== null) return name;
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'array') return `list of ${describeType(schema.items ?? {})}`;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.map(describeType).join(' | ');
  return schema.type ?? 'any';
}

/** What a schema asks beyond its type. */
function describeLimits(schema) {
  const limits = [];
  if (schema.default !== undefined) limits.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.maxLength !== undefined) {
    limits.push(`${schema.minLength ?? 0} to ${schema.maxLength} characters`);
  }
  if (schema.minimum !== undefined) limits.push(`from ${schema.minimum}`);
  if (schema.maximum < Number.MAX_SAFE_INTEGER) limits.push(`up to ${schema.maximum}`);
  if (schema.maxItems !== undefined) limits.push(`at most ${schema.maxItems}`);
  if (schema.format) limits.push(schema.format);
  else if (schema.pattern && schema.pattern.length <= 120) limits.push(schema.pattern);
  return limits.join(', ');
}

/** A table of the members that a schema has. */
export function memberTable(api, schema) {
  const { properties = {}, required = [] } = resolve(api, schema);
  const rows = Object.entries(properties).map(([name, member]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name, required.includes(name) ? '' : ' (optional)'),
      element('td', {}, element('code', {}, describeType(member))),
      element('td', {}, [member.description, describeLimits(member)].filter(Boolean).join('. ')),
    ),
  );
  return element('table', { class: 'members' }, element('tbody', {}, ...rows));
}

/** Texts that a sample is chosen from: the first that a field's pattern takes. */
const SAMPLES = ['ada', 'bob', 'ada@example.org', '2026-01-01T00:00:00.000Z', '"1"', 'text'];

/** A value that the schema takes, with no more than it requires. */
export function sample(api, schema, used = new Set()) {
  const resolved = resolve(api, schema);
  if ('const' in resolved) return resolved.const;
  if (resolved.default !== undefined) return resolved.default;
  if (resolved.enum) return resolved.enum[0];
  const [first] = resolved.anyOf ?? resolved.oneOf ?? [];
  if (first) return sample(api, first, used);
  switch (resolved.type) {
    case 'object':
      return Object.fromEntries(
        (resolved.required ?? []).map((name) => [
          name,
          sample(api, resolved.properties?.[name] ?? {}, used),
        ]),
      );
    case 'array':
      return [sample(api, resolved.items ?? {}, used)];
    case 'integer':
    case 'number':
      return resolved.minimum ?? 0;
    case 'boolean':
      return false;
    case 'string':
      return sampleText(resolved, used);
    default:
      return null;
  }
}

/** Two fields get different texts where that is possible: nobody follows themselves. */
function sampleText({ pattern, minLength = 0 }, used) {
  const fits = (text) => text.length >= minLength && (!pattern || new RegExp(pattern).test(text));
  const fitting = SAMPLES.filter(fits);
  const chosen = fitting.find((text) => !used.has(text)) ?? fitting[0] ?? '';
  used.add(chosen);
  return chosen;
}
