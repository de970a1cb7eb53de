import fc from 'fast-check';
import type { Aim } from './aim.ts';
import type { Contract, Operation, Parameter } from './contract.ts';
import type { Draw } from './draw.ts';
import type { Learned } from './learned.ts';
import { BAD_NUMBERS, BAD_SEGMENTS, NOBODY } from './odd.ts';
import type { Check } from './schema.ts';
import { fitting } from './values.ts';

/** Accounts that requests speak of. */
export const ACCOUNTS = Array.from({ length: 24 }, (_, number) => `acc_${number}`);

/** Paths and query parameters, right ones and wrong ones. */
export class TargetMaker {
  readonly #draw: Draw;
  readonly #learned: Learned;
  readonly #query = new Map<Parameter, () => unknown>();
  readonly #schemaCheck: (parameter: Parameter) => Check;
  readonly #text: () => string;

  constructor(
    { operations, schemas }: Contract,
    draw: Draw,
    learned: Learned,
    words: readonly string[],
  ) {
    this.#draw = draw;
    this.#learned = learned;
    this.#text = draw.stock(fc.string({ unit: 'binary', maxLength: 30 }));
    for (const parameter of operations.flatMap(({ inQuery }) => inQuery)) {
      this.#query.set(parameter, draw.stock(fitting(schemas, parameter.schema, words)));
    }
    this.#schemaCheck = (parameter) => schemas.check(parameter.schema);
  }

  /** The path of a command, or nearly. */
  commandPath(path: string, aim: Aim): string {
    const draw = this.#draw;
    switch (draw.weighted({ as: 96, unknown: 2, other: 2 })) {
      case 'as':
        return path;
      case 'unknown':
        aim.fault('route', 404);
        return `${path}${draw.one(['X', '%20', 's', '%00', '/more'])}`;
      case 'other':
        aim.open();
        return draw.one([
          `${path}/`,
          `/${path}`,
          path.toLowerCase(),
          path.replace('Account', '%41ccount'),
          `${path}#x`,
          `${path};a=b`,
        ]);
    }
  }

  /** The path of an operation, with something in place of its parameters. */
  path(operation: Operation, aim: Aim): string {
    const draw = this.#draw;
    return operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const parameter = operation.inPath.find((each) => each.name === name);
      if (operation.id === 'getTrail' && name === 'type') {
        if (draw.chance(0.95)) return 'account';
        aim.also(404);
        return draw.one(['accounts', 'policy', '__proto__', '%61ccount']);
      }
      const known = name === 'commandId' ? this.#learned.commandIds : ACCOUNTS;
      if (draw.chance(0.7) && known.length > 0) {
        aim.also(404);
        return draw.one(known);
      }
      const segment = this.segment();
      if (parameter && this.#schemaCheck(parameter)(safeDecode(segment)) !== null) {
        aim.fault('route', 404);
      } else {
        aim.also(404);
      }
      return segment;
    });
  }

  /** Part of a path: nobody's id, or no id at all. */
  segment(): string {
    const draw = this.#draw;
    switch (draw.weighted({ nobody: 3, bad: 4, text: 2, cursor: 1 })) {
      case 'nobody':
        return draw.one(NOBODY);
      case 'bad':
        return draw.one(BAD_SEGMENTS);
      case 'text':
        return encodeURIComponent(this.#text() || 'x');
      case 'cursor':
        return encodeURIComponent(this.#spoilt(this.#learned.cursors, 'Y3Vyc29y'));
    }
  }

  /** Query parameters of an operation, and what is wrong with them. */
  search(operation: Operation, aim: Aim): string {
    const draw = this.#draw;
    const given: string[] = [];
    for (const parameter of operation.inQuery) {
      if (draw.chance(0.55)) continue;
      const text = this.#parameter(parameter, aim);
      given.push(`${parameter.name}=${text}`);
      if (draw.chance(0.02)) {
        given.push(`${parameter.name}=1`);
        aim.fault('schema', 422);
      }
    }
    if (draw.chance(0.03)) {
      given.push(draw.one(['x=1', '__proto__=1', 'constructor', '%00=1', 'Limit=1', 'limit%20=1']));
      aim.fault('schema', 422);
    }
    // How they go together is not for the contract's schemas to say.
    const mayClash = operation.inQuery.some(
      ({ name, schema }) => schema.type === 'string' && name !== 'cursor' && name !== 'before',
    );
    if (mayClash) aim.also(422);
    return given.length === 0 ? '' : `?${given.join('&')}`;
  }

  #parameter(parameter: Parameter, aim: Aim): string {
    const draw = this.#draw;
    const { name, schema } = parameter;
    if (name === 'cursor' || name === 'before') {
      const cursor = this.#spoilt(this.#learned.cursors, 'Y3Vyc29y');
      aim.also(422);
      return encodeURIComponent(cursor);
    }
    const isInteger = schema.type === 'integer';
    const text = draw.chance(0.75)
      ? String(this.#query.get(parameter)?.())
      : draw.one(
          isInteger
            ? BAD_NUMBERS
            : ['', 'x'.repeat(65), '\u0000', '..', '%', 'FollowCreated,,', 'account:'],
        );
    const value = isInteger && /^-?(?:0|[1-9]\d*)$/.test(text) ? Number(text) : text;
    if (this.#schemaCheck(parameter)(value) !== null) aim.fault('schema', 422);
    return encodeURIComponent(text);
  }

  /** Now and then, query parameters that no route has. */
  badSearch(aim: Aim, share: number): string {
    if (!this.#draw.chance(share)) return '';
    aim.fault('schema', 422);
    return this.#draw.one(['?x=1', '?__proto__', '?a&b&c', `?${'p=1&'.repeat(200)}`]);
  }

  /** A position, or what comes of changing one. */
  position(): string {
    return this.#spoilt(this.#learned.positions, '3:17');
  }

  /** One that was given out, or what comes of changing it. */
  #spoilt(known: readonly string[], otherwise: string): string {
    const draw = this.#draw;
    const real = known.length > 0 ? draw.one(known) : otherwise;
    if (draw.chance(0.4)) return real;
    const at = draw.below(real.length);
    switch (draw.weighted({ swap: 3, cut: 2, twice: 1, long: 1, text: 1 })) {
      case 'swap':
        return real.slice(0, at) + draw.one([...'AZaz09_-=+:."']) + real.slice(at + 1);
      case 'cut':
        return real.slice(0, at) || 'x';
      case 'twice':
        return real + real;
      case 'long':
        return real.repeat(30);
      case 'text':
        return this.ascii();
    }
  }

  /** Any text, as a URL can hold it. */
  ascii(): string {
    return encodeURIComponent(this.#text()) || 'x';
  }
}

function safeDecode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
