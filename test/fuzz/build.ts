import { Aim, type Expected, type Shot } from './aim.ts';
import { entryCheck, judgeBatch, judgeCommand, judgeLines, type Verdict } from './body.ts';
import type { Contract, Operation } from './contract.ts';
import type { Draw } from './draw.ts';
import { type Header, HeaderMaker } from './headers.ts';
import { InspectorMaker } from './inspector.ts';
import type { Learned } from './learned.ts';
import {
  ELSEWHERE,
  ELSEWHERE_PARTS,
  FOREIGN,
  JSON_TYPES,
  LOOPBACK,
  METHODS,
  NOBODY,
  OTHER_TYPES,
} from './odd.ts';
import type { FuzzRequest } from './request.ts';
import type { Check } from './schema.ts';
import { ACCOUNTS, TargetMaker } from './targets.ts';
import { fitting, Spoiler } from './values.ts';

/** How a server is reached. */
export interface Target {
  readonly port: number;
  /** What it takes as proof; empty where it takes everybody. */
  readonly goodTokens: readonly string[];
  readonly badTokens: readonly string[];
}

const WORDS = [...ACCOUNTS, ...NOBODY];
const LINES = 'application/x-ndjson';

type Command = {
  readonly operation: Operation;
  readonly make: () => unknown;
  readonly check: Check;
};

/** Builds requests to the routes of a contract, right ones and wrong ones. */
export class Builder {
  readonly #draw: Draw;
  readonly #target: Target;
  readonly #headers: HeaderMaker;
  readonly #spoiler: Spoiler;
  readonly #commands: readonly Command[];
  readonly #batch: Operation;
  readonly #checkEntry: Check;
  readonly #entry: () => unknown;
  readonly #reads: readonly Operation[];
  readonly #others: readonly Operation[];
  readonly #targets: TargetMaker;
  readonly #inspector: InspectorMaker;

  constructor(contract: Contract, draw: Draw, target: Target, learned: Learned) {
    this.#draw = draw;
    this.#target = target;
    this.#headers = new HeaderMaker(draw, learned);
    this.#spoiler = new Spoiler(draw);
    this.#targets = new TargetMaker(contract, draw, learned, WORDS);
    this.#inspector = new InspectorMaker(draw, this.#targets, this.#spoiler);
    const { operations, schemas } = contract;
    const batch = operations.find(({ bodies }) => bodies.has(LINES));
    if (!batch) throw new Error('the contract has no batch');
    this.#batch = batch;
    this.#checkEntry = entryCheck(contract, batch);
    this.#entry = draw.stock(fitting(schemas, batch.bodies.get(LINES) ?? {}, WORDS));
    const withBody = operations.filter((each) => each !== batch && each.bodies.size > 0);
    this.#commands = withBody.map((operation) => {
      const schema = operation.bodies.get('application/json') ?? {};
      const make = draw.stock(fitting(schemas, schema, WORDS));
      return { operation, make, check: schemas.check(schema) };
    });
    this.#reads = operations.filter(({ method }) => method === 'GET');
    this.#others = operations.filter(({ method, bodies }) => method !== 'GET' && bodies.size === 0);
  }

  /** Any request to a route that the contract names. */
  any(): Shot {
    switch (
      this.#draw.weighted({ command: 50, read: 34, batch: 3, lines: 4, other: 3, method: 3 })
    ) {
      case 'command':
        return this.command();
      case 'read':
        return this.read();
      case 'batch':
        return this.batch();
      case 'lines':
        return this.lines();
      case 'other':
        return this.bodiless();
      case 'method':
        return this.otherMethod();
    }
  }

  /** Any command. */
  command(): Shot {
    const draw = this.#draw;
    const { operation, make, check } = draw.one(this.#commands);
    const aim = new Aim();
    const headers: Header[] = [];
    this.#access(operation, headers, aim);
    const { isAsync } = this.#headers.ofCommand(headers, aim);
    const body = this.#body(make());
    const verdict = judgeCommand(body, check);
    this.#media(headers, aim, body);
    sayVerdict(aim, verdict);
    const search = this.#targets.badSearch(aim, 0.02);
    const target = this.#targets.commandPath(operation.path, aim) + search;
    this.#headers.others(headers);
    this.#mayFlood(headers);
    const ran = isAsync ? [202, 422] : [200, 409, 412, 422];
    const route = aim.isLost ? null : operation;
    return this.#shot(route, { method: 'POST', target, headers, body }, aim.statuses(...ran));
  }

  /** A query, or whatever else is read. */
  read(): Shot {
    const draw = this.#draw;
    const operation = draw.one(this.#reads);
    const aim = new Aim();
    const headers: Header[] = [];
    this.#access(operation, headers, aim);
    const path = this.#targets.path(operation, aim);
    if (operation.inHeader.some(({ name }) => name === 'Min-Position')) {
      this.#headers.ofQuery(headers, aim);
    }
    if (operation.inHeader.some(({ name }) => name === 'Last-Event-ID') && draw.chance(0.4)) {
      headers.push([
        'Last-Event-ID',
        draw.chance(0.6) ? this.#targets.position() : this.#targets.ascii(),
      ]);
      aim.also(400);
    }
    const search = operation.isOpen ? '' : this.#targets.search(operation, aim);
    this.#headers.others(headers);
    this.#mayFlood(headers);
    const method = draw.chance(0.06) ? 'HEAD' : 'GET';
    const body = draw.chance(0.02) ? this.#spoiler.bytes({ a: 1 }) : null;
    const request = { method, target: path + search, headers, body };
    return this.#shot(operation, request, aim.statuses(200));
  }

  /** Many commands as one JSON body. */
  batch(): Shot {
    const draw = this.#draw;
    const aim = new Aim();
    const headers: Header[] = [];
    this.#access(this.#batch, headers, aim);
    this.#headers.ofBatch(headers, aim);
    const count = draw.chance(0.02) ? draw.one([1_000, 1_001]) : draw.below(12);
    const entries = Array.from({ length: count }, () => (count > 100 ? {} : this.#entryOrWorse()));
    const whole = { commands: entries };
    const body = draw.weighted({ fits: 7, spoilt: 2, bytes: 1, large: 0.05 });
    const bytes =
      body === 'fits'
        ? Buffer.from(JSON.stringify(whole))
        : body === 'spoilt'
          ? Buffer.from(JSON.stringify(this.#spoiler.value(whole)) ?? '')
          : body === 'bytes'
            ? this.#spoiler.bytes(whole)
            : this.#spoiler.padded(whole, 4 * 1024 * 1024 + draw.between(-1, 1));
    const verdict = judgeBatch(bytes, this.#checkEntry);
    this.#media(headers, aim, bytes);
    sayVerdict(aim, verdict.whole);
    const request = {
      target: this.#batch.path + this.#targets.badSearch(aim, 0.02),
      headers,
      body: bytes,
    };
    const entriesOf = aim.isFaultless ? verdict.entries : null;
    return this.#shot(this.#batch, request, aim.statuses(200), entriesOf);
  }

  /** Many commands as lines. */
  lines(): Shot {
    const draw = this.#draw;
    const aim = new Aim();
    const headers: Header[] = [];
    this.#access(this.#batch, headers, aim);
    this.#headers.ofBatch(headers, aim);
    const lines = Array.from({ length: draw.below(15) }, () => this.#line());
    const newline = draw.one(['\n', '\n', '\r\n', '\n\n', '\n \t\n']);
    const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from(newline)]));
    const cut = draw.chance(0.3) ? bytes.subarray(0, draw.below(bytes.length + 1)) : bytes;
    headers.push([
      'Content-Type',
      draw.one([LINES, LINES.toUpperCase(), `${LINES}; charset=UTF-8`]),
    ]);
    const request = {
      target: this.#batch.path + this.#targets.badSearch(aim, 0.02),
      headers,
      body: cut,
    };
    const entries = aim.isFaultless ? judgeLines(cut, this.#checkEntry) : null;
    return this.#shot(this.#batch, request, aim.statuses(200), entries);
  }

  /** What takes no body: dead letters that are to be settled. */
  bodiless(): Shot {
    const operation = this.#draw.one(this.#others.length > 0 ? this.#others : this.#reads);
    const aim = new Aim();
    const headers: Header[] = [];
    this.#access(operation, headers, aim);
    const body = this.#draw.chance(0.5) ? null : this.#body({});
    if (body !== null && body.length > 64 * 1024) aim.fault('size', 413);
    const search = this.#targets.badSearch(aim, 0.1);
    // What there is of such a name is looked for last.
    aim.also(404);
    const segments = operation.path.replaceAll(/\{\w+\}/g, () => this.#targets.segment());
    return this.#shot(
      operation,
      { method: operation.method, target: segments + search, headers, body },
      aim.statuses(200, 202, 404),
    );
  }

  /** A route that there is, by a method that it does not have. */
  otherMethod(): Shot {
    const all = [...this.#commands.map(({ operation }) => operation), ...this.#reads, this.#batch];
    const operation = this.#draw.one(all);
    const aim = new Aim();
    const headers: Header[] = [];
    this.#access({ ...operation, isOpen: false }, headers, aim);
    const path = operation.path.replaceAll(/\{\w+\}/g, 'acc_1');
    const known = new Set(
      operation.path === '/v1/commands/{commandId}'
        ? ['GET', 'HEAD', 'POST']
        : operation.method === 'GET'
          ? ['GET', 'HEAD']
          : [operation.method],
    );
    const method = this.#draw.one(METHODS.filter((each) => !known.has(each)));
    const request = { method, target: path, headers, body: null };
    const expected = method === 'QUERY' ? null : aim.statuses(405);
    return this.#shot(operation, request, expected);
  }

  /** A path that the contract does not name. */
  elsewhere(): Shot {
    const draw = this.#draw;
    const path = draw.chance(0.6)
      ? draw.one(ELSEWHERE)
      : `/${draw.one(ELSEWHERE_PARTS)}/${this.#targets.ascii()}`;
    const headers: Header[] = [];
    const aim = new Aim();
    this.#access(this.#batch, headers, aim);
    this.#headers.others(headers);
    const method = draw.one(METHODS);
    const body = method === 'GET' || draw.chance(0.7) ? null : this.#spoiler.bytes({ a: [1] });
    return this.#shot(null, { method, target: path, headers, body }, null);
  }

  /** A request to a route of the inspector. */
  inspector(): Shot {
    const { headers: own, ...made } = this.#inspector.request();
    const headers: Header[] = [];
    this.#access(this.#batch, headers, new Aim());
    return this.#shot(null, { ...made, headers: [...headers, ...own] }, null);
  }

  /** A request that does what it says, and nothing else: to see that the server still serves. */
  normal(): Shot {
    const { operation, make, check } = this.#draw.one(this.#commands);
    let body = Buffer.from(JSON.stringify(make()));
    while (judgeCommand(body, check) !== 'fits') body = Buffer.from(JSON.stringify(make()));
    const headers: Header[] = [
      ['Host', `127.0.0.1:${this.#target.port}`],
      ['Content-Type', 'application/json'],
    ];
    const [token] = this.#target.goodTokens;
    if (token !== undefined) headers.push(['Authorization', `Bearer ${token}`]);
    const request: FuzzRequest = {
      method: 'POST',
      target: operation.path,
      version: '1.1',
      headers,
      body,
      framing: 'length',
    };
    return {
      request,
      expected: { method: 'POST', operation, statuses: new Set([200, 409]), entries: null },
    };
  }

  #shot(
    operation: Operation | null,
    made: { method?: string; target: string; headers: Header[]; body: Buffer | null },
    statuses: ReadonlySet<number> | null,
    entries: Expected['entries'] = null,
  ): Shot {
    const draw = this.#draw;
    const method = made.method ?? operation?.method ?? 'GET';
    const version = draw.chance(0.03) ? '1.0' : '1.1';
    // A body in chunks is none of HTTP/1.0.
    const framing = version === '1.1' && draw.chance(0.15) ? 'chunked' : 'length';
    return {
      request: { ...made, method, version, framing },
      expected: { method, operation, statuses, entries },
    };
  }

  /** Credentials and host. */
  #access(operation: Operation, headers: Header[], aim: Aim): void {
    const draw = this.#draw;
    const { goodTokens, badTokens, port } = this.#target;
    const host = draw.weighted({ usual: 88, loopback: 6, foreign: 3, none: 3 });
    if (host === 'usual') headers.push(['Host', `127.0.0.1:${port}`]);
    if (host === 'none') aim.fault('http', 400);
    if (host === 'loopback') headers.push(['Host', draw.one(LOOPBACK)]);
    if (host === 'foreign') {
      headers.push(['Host', draw.one(FOREIGN)]);
      if (goodTokens.length === 0) aim.fault('credentials', 403);
    }
    if (goodTokens.length === 0) {
      if (draw.chance(0.03))
        headers.push(['Authorization', draw.one(['Bearer x', 'Basic eDp5', 'x'])]);
      return;
    }
    const token = draw.weighted({ good: 93, bad: 5, none: 2 });
    if (token === 'good') headers.push(['Authorization', `Bearer ${draw.one(goodTokens)}`]);
    if (token === 'bad') headers.push(['Authorization', draw.one(badTokens)]);
    if (token !== 'good' && !operation.isOpen) aim.fault('credentials', 401);
  }

  /** The body of a command: right, spoilt as a value or as bytes, or of a size near the limit. */
  #body(value: unknown): Buffer {
    const draw = this.#draw;
    switch (draw.weighted({ fits: 50, value: 27, bytes: 20, size: 2, large: 1 })) {
      case 'fits':
        return Buffer.from(JSON.stringify(value));
      case 'value':
        return Buffer.from(JSON.stringify(this.#spoiler.value(value)) ?? '');
      case 'bytes':
        return this.#spoiler.bytes(value);
      case 'size':
        return this.#spoiler.padded(value, 64 * 1024 + draw.between(-2, 2));
      case 'large':
        return this.#spoiler.padded(value, draw.one([70_000, 100_000, 300_000]));
    }
  }

  #entryOrWorse(): unknown {
    return this.#draw.chance(0.6) ? this.#entry() : this.#spoiler.value(this.#entry());
  }

  #line(): Buffer {
    const draw = this.#draw;
    switch (draw.weighted({ entry: 80, bytes: 18, large: 2 })) {
      case 'entry':
        return Buffer.from(JSON.stringify(this.#entryOrWorse()) ?? '');
      case 'bytes':
        return this.#spoiler.bytes(this.#entry());
      case 'large':
        return this.#spoiler.padded(this.#entry(), 64 * 1024 + draw.between(-1, 1));
    }
  }

  #media(headers: Header[], aim: Aim, body: Buffer): void {
    const draw = this.#draw;
    switch (draw.weighted({ json: 93, other: 3, none: 2, encoded: 1 })) {
      case 'json':
        headers.push([
          'Content-Type',
          draw.chance(0.9) ? 'application/json' : draw.one(JSON_TYPES),
        ]);
        return;
      case 'other':
        headers.push(['Content-Type', draw.one(OTHER_TYPES)]);
        aim.fault('media type', 415);
        return;
      case 'none':
        if (body.length > 0) aim.fault('media type', 415);
        return;
      case 'encoded':
        headers.push(
          ['Content-Type', 'application/json'],
          ['Content-Encoding', draw.one(['gzip', 'br', 'x'])],
        );
        aim.fault('media type', 415);
        return;
    }
  }

  #mayFlood(headers: Header[]): void {
    if (this.#draw.chance(0.004)) this.#headers.flood(headers);
  }
}

function sayVerdict(aim: Aim, verdict: Verdict): void {
  if (verdict === 'too large') aim.fault('size', 413);
  if (verdict === 'no json') aim.fault('json', 400);
  if (verdict === 'breaks schema') aim.fault('schema', 422);
}
