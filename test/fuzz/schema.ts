import { z } from 'zod';

/** A JSON Schema as the contract writes it. */
export type Schema = Readonly<Record<string, unknown>>;

/** Says what is wrong with a value, and where; `null` where nothing is. */
export type Check = (value: unknown) => string | null;

type Rule = (argument: unknown, schema: Schema, schemas: Schemas) => Check | null;

const REFERENCE = '#/components/schemas/';

const objectOf = z.record(z.string(), z.unknown());
const listOf = z.array(objectOf);

/** Says nothing of values. */
const ANNOTATIONS = new Set(['default', 'description', 'title', 'examples', 'format', '$comment']);

/**
 * Checks values against the schemas of one document. It shares no code with what the server checks
 * by, and refuses to begin with a keyword that it does not know.
 */
export class Schemas {
  readonly #named: ReadonlyMap<string, Schema>;
  readonly #compiled = new Map<Schema, Check>();

  /** @param named the document's `components.schemas` */
  constructor(named: Schema) {
    this.#named = new Map(
      Object.entries(named).map(([name, schema]) => [REFERENCE + name, objectOf.parse(schema)]),
    );
  }

  /** The schema itself, where one refers to another. */
  resolve(schema: Schema): Schema {
    const { $ref } = schema;
    if (typeof $ref !== 'string') return schema;
    const target = this.#named.get($ref);
    if (!target) throw new Error(`${$ref} leads nowhere`);
    return this.resolve(target);
  }

  /** The check of a schema; the same one each time. */
  check(schema: Schema): Check {
    const target = this.resolve(schema);
    const known = this.#compiled.get(target);
    if (known) return known;
    let rules: readonly Check[] = [];
    const check: Check = (value) => {
      for (const rule of rules) {
        const fault = rule(value);
        if (fault !== null) return fault;
      }
      return null;
    };
    // Before its parts: they may refer back to it.
    this.#compiled.set(target, check);
    rules = Object.entries(target).flatMap(([keyword, argument]) => {
      if (ANNOTATIONS.has(keyword)) return [];
      const rule = RULES[keyword];
      if (!rule) throw new Error(`the schema keyword ${keyword} is not known here`);
      return rule(argument, target, this) ?? [];
    });
    return check;
  }
}

const RULES: Readonly<Record<string, Rule>> = {
  type: (argument) => {
    const types = z.union([z.string().transform((type) => [type]), z.array(z.string())]);
    const allowed = types.parse(argument);
    return (value) => (allowed.some((type) => isOf(type, value)) ? null : `: no ${allowed}`);
  },
  const: (argument) => (value) => (value === argument ? null : `: not ${argument}`),
  enum: (argument) => {
    const allowed = new Set(z.array(z.unknown()).parse(argument));
    return (value) => (allowed.has(value) ? null : `: none of ${[...allowed]}`);
  },
  minimum: (argument) => ofNumber(argument, (value, bound) => value >= bound),
  maximum: (argument) => ofNumber(argument, (value, bound) => value <= bound),
  minLength: (argument) => ofText(argument, (length, bound) => length >= bound),
  maxLength: (argument) => ofText(argument, (length, bound) => length <= bound),
  pattern: (argument) => {
    const pattern = new RegExp(z.string().parse(argument), 'u');
    return (value) =>
      typeof value !== 'string' || pattern.test(value) ? null : `: does not match ${pattern}`;
  },
  minItems: (argument) => ofList(argument, (length, bound) => length >= bound),
  maxItems: (argument) => ofList(argument, (length, bound) => length <= bound),
  items: (argument, _schema, schemas) => {
    const check = schemas.check(objectOf.parse(argument));
    return (value) => {
      if (!Array.isArray(value)) return null;
      return firstFault(value.entries(), (item) => check(item));
    };
  },
  required: (argument) => {
    const names = z.array(z.string()).parse(argument);
    return (value) => {
      if (!isObject(value)) return null;
      const missing = names.find((name) => !Object.hasOwn(value, name));
      return missing === undefined ? null : `.${missing}: missing`;
    };
  },
  properties: (argument, _schema, schemas) => {
    const members = Object.entries(objectOf.parse(argument));
    const checks = new Map(members.map(([name, of]) => [name, schemas.check(objectOf.parse(of))]));
    return (value) => {
      if (!isObject(value)) return null;
      return firstFault(
        Object.entries(value),
        (member, name) => checks.get(name)?.(member) ?? null,
      );
    };
  },
  additionalProperties: (argument, schema, schemas) => {
    const known = new Set(Object.keys(objectOf.parse(schema.properties ?? {})));
    const check: Check =
      argument === false ? () => ': unknown member' : schemas.check(objectOf.parse(argument));
    return (value) => {
      if (!isObject(value)) return null;
      const others = Object.entries(value).filter(([name]) => !known.has(name));
      return firstFault(others, (member) => check(member));
    };
  },
  propertyNames: (argument, _schema, schemas) => {
    const check = schemas.check(objectOf.parse(argument));
    return (value) => {
      if (!isObject(value)) return null;
      return firstFault(Object.entries(value), (_member, name) => check(name));
    };
  },
  anyOf: (argument, _schema, schemas) => {
    const checks = listOf.parse(argument).map((each) => schemas.check(each));
    return (value) => {
      const faults = checks.map((check) => check(value));
      return faults.includes(null) ? null : `: none of [${faults.join(' | ')}]`;
    };
  },
  oneOf: (argument, _schema, schemas) => {
    const checks = listOf.parse(argument).map((each) => schemas.check(each));
    return (value) => {
      const fitting = checks.filter((check) => check(value) === null).length;
      return fitting === 1 ? null : `: fits ${fitting} of ${checks.length}`;
    };
  },
  allOf: (argument, _schema, schemas) => {
    const checks = listOf.parse(argument).map((each) => schemas.check(each));
    return (value) => firstFault(checks.entries(), (check) => check(value), '');
  },
};

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

/** Whether it is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ofNumber(argument: unknown, holds: (value: number, bound: number) => boolean): Check {
  const bound = z.number().parse(argument);
  return (value) =>
    typeof value !== 'number' || holds(value, bound) ? null : `: ${value} passes ${bound}`;
}

/** Characters count, as JSON Schema has it, not halves of surrogate pairs. */
function ofText(argument: unknown, holds: (length: number, bound: number) => boolean): Check {
  const bound = z.number().parse(argument);
  return (value) =>
    typeof value !== 'string' || holds([...value].length, bound) ? null : `: length, ${bound}`;
}

function ofList(argument: unknown, holds: (length: number, bound: number) => boolean): Check {
  const bound = z.number().parse(argument);
  return (value) =>
    !Array.isArray(value) || holds(value.length, bound) ? null : `: items, ${bound}`;
}

function firstFault<Key extends string | number, Value>(
  members: Iterable<readonly [Key, Value]>,
  check: (value: Value, name: Key) => string | null,
  dot = '.',
): string | null {
  for (const [name, value] of members) {
    const fault = check(value, name);
    if (fault !== null) return dot === '' ? fault : `${dot}${name}${fault}`;
  }
  return null;
}
