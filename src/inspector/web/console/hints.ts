/** What a form tells of a field beside its name. */
import { fieldOf, isNullable, isSchema, optionsOf, type Schema } from './fields.ts';

/** Options of a union that a hint shows. */
const SAMPLES_MAX = 4;
/** What is longer says no more to who writes it. */
const SAMPLE_CHARS_MAX = 120;
const PATTERN_CHARS_MAX = 60;
const DEPTH_MAX = 4;

export function hintsOf(given: Schema, root: Schema, isNeeded: boolean): readonly string[] {
  const options = optionsOf(given, root).filter(({ type }) => type !== 'null');
  const [schema = {}] = options;
  const { description, default: fallback } = schema;
  const { kind } = fieldOf(given, root);
  const isNullLeft = isNeeded && kind !== 'choice' && kind !== 'json' && isNullable(given, root);
  return [
    typeof description === 'string' ? description : '',
    ...(kind === 'json' ? [] : boundsOf(schema)),
    kind === 'json' ? samplesOf(options, root) : '',
    fallback === undefined ? '' : `${JSON.stringify(fallback)} unless given`,
    isNullLeft ? 'null where it is left empty' : '',
  ].filter(Boolean);
}

function boundsOf(schema: Schema): readonly string[] {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, format, pattern } = schema;
  const { exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema;
  const within = (low: unknown, high: unknown, what: string) => {
    const least = typeof low === 'number' && low > Number.MIN_SAFE_INTEGER ? `from ${low}` : '';
    const most = typeof high === 'number' && high < Number.MAX_SAFE_INTEGER ? `to ${high}` : '';
    const range = [least, most].filter(Boolean).join(' ');
    return range && `${range}${what}`;
  };
  return [
    typeof format === 'string' ? format : patternHint(pattern),
    within(minLength, maxLength, ' characters'),
    typeof above === 'number' ? `above ${above}` : '',
    typeof below === 'number' ? `below ${below}` : '',
    within(minimum, maximum, ''),
    typeof multipleOf === 'number' ? `a multiple of ${multipleOf}` : '',
    within(minItems, maxItems, ' items'),
  ];
}

function patternHint(pattern: unknown): string {
  const isShort = typeof pattern === 'string' && pattern.length <= PATTERN_CHARS_MAX;
  return isShort ? `as ${pattern}` : '';
}

/** What may be written where no form knows it. */
function samplesOf(options: readonly Schema[], root: Schema): string {
  const texts = options
    .slice(0, SAMPLES_MAX)
    .map((option) => JSON.stringify(sampleOf(option, root, 0)))
    .filter((text) => text !== undefined && text.length <= SAMPLE_CHARS_MAX);
  return texts.length === 0 ? 'as JSON' : `as JSON, such as ${texts.join(' or ')}`;
}

/** A value with what is needed alone; `undefined` where it may be anything. */
function sampleOf(given: Schema, root: Schema, depth: number): unknown {
  const [schema = {}] = optionsOf(given, root);
  const field = fieldOf(schema, root, depth);
  const { prefixItems, additionalProperties, type } = schema;
  if (depth > DEPTH_MAX) return null;
  const inner = (each: Schema) => sampleOf(each, root, depth + 1) ?? null;
  if (Array.isArray(prefixItems)) return prefixItems.filter(isSchema).map(inner);
  switch (field.kind) {
    case 'text':
      return '';
    case 'number':
      return 0;
    case 'choice':
      return field.options[0];
    case 'list':
      return [];
    case 'group':
      return Object.fromEntries(
        field.members
          .filter(({ isNeeded }) => isNeeded)
          .map((each) => [each.name, inner(each.schema)]),
      );
    case 'json':
      if (type !== 'object') return undefined;
      return isSchema(additionalProperties) ? { '…': inner(additionalProperties) } : {};
  }
}
