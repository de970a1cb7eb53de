import type { Expected } from './aim.ts';
import type { Contract } from './contract.ts';
import { isObject } from './schema.ts';
import type { Answer } from './wire.ts';

/** The statuses of each code, as the contract lists them. */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  rejected: [409],
  validation_error: [422],
  malformed_request: [400, 408, 417, 431],
  not_found: [404],
  method_not_allowed: [405],
  unsupported_media_type: [415],
  not_yet_visible: [504],
  version_mismatch: [412],
  idempotency_key_reused: [422],
  too_large: [413],
  unauthenticated: [401],
  forbidden: [403],
  overloaded: [429, 503],
  unavailable: [503],
};

/** What an answer should not be without, by status. */
const HEADERS: Readonly<Record<number, string>> = {
  401: 'www-authenticate',
  405: 'allow',
  429: 'retry-after',
};

/** Whatever names a place in the code, or shows how it came there. */
const INSIDES =
  /\n\s+at |node_modules|node:internal|\.[cm]?[jt]s:\d|file:\/\/|\/dist\/|TypeError|ZodError/;

/** Judges answers by the contract alone. */
export class Oracle {
  readonly #contract: Contract;

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** What is wrong with the answer to a request; `null`: nothing. */
  judge(answer: Answer, expected: Expected): string | null {
    const { status } = answer;
    if (!answer.isWhole) return `the answer ${status} broke off`;
    const { statuses } = expected;
    const general = this.judgeAny(answer, expected.method === 'HEAD');
    if (general !== null) return general;
    if (statuses && !statuses.has(status))
      return `${status}, expected ${[...statuses].join(' or ')}`;
    return this.#byContract(answer, expected);
  }

  /** The same where nothing is known of the request. */
  judgeAny(answer: Answer, isHead = false): string | null {
    const { status, headers } = answer;
    if (status === 500) return 'a system error';
    const type = headers.get('content-type');
    const text = answer.body.toString('utf8');
    if (type?.includes('json') && status >= 400 && INSIDES.test(text)) return 'shows its insides';
    const missing = HEADERS[status];
    if (missing !== undefined && !headers.has(missing)) return `${status} without ${missing}`;
    if (status < 400 || isHead) return null;
    if (type === 'application/json' && status === 503) return null;
    if (type !== 'application/problem+json') return `${status} is no problem, but ${type}`;
    return this.#judgeProblem(status, text);
  }

  #judgeProblem(status: number, text: string): string | null {
    const problem = parse(text);
    const fault = this.#contract.problem(problem);
    if (fault !== null) return `no problem as the contract has it${fault}`;
    if (!isObject(problem)) return 'no object';
    if (problem.status !== status) return `${status} says ${problem.status}`;
    const { code, traceId } = problem;
    if (typeof code !== 'string' || !STATUSES[code]?.includes(status)) return `${status} ${code}`;
    if (typeof traceId !== 'string' || !/^[\da-f]{32}$/.test(traceId)) return `traceId ${traceId}`;
    return null;
  }

  /** By what the contract says of this route. */
  #byContract(answer: Answer, { operation, method, entries }: Expected): string | null {
    const { status, headers, body } = answer;
    const isDocumented =
      method === operation?.method || (method === 'HEAD' && operation?.method === 'GET');
    if (!operation || !isDocumented) return null;
    const types = operation.answers.get(status);
    if (!types) return `the contract has no ${status} of ${operation.id}`;
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const check = types.get(type);
    if (!check) return `the contract has no ${type} for ${status} of ${operation.id}`;
    if (method === 'HEAD' || type === 'text/event-stream') return null;
    const text = body.toString('utf8');
    if (type === 'application/x-ndjson') return this.#lines(text, check, entries);
    const value = type.endsWith('json') ? parse(text) : text;
    const fault = check(value);
    if (fault !== null) return `${status} of ${operation.id} breaks the contract${fault}`;
    if (entries === null || !isObject(value) || !Array.isArray(value.results)) return null;
    return judgeResults(value.results, entries);
  }

  #lines(text: string, check: (value: unknown) => string | null, entries: Expected['entries']) {
    const results = text.split('\n').slice(0, -1).map(parse);
    for (const result of results) {
      const fault = check(result);
      if (fault !== null) return `a line breaks the contract${fault}`;
    }
    return entries && judgeResults(results, entries);
  }
}

function judgeResults(
  results: readonly unknown[],
  entries: readonly ReadonlySet<number>[],
): string | null {
  if (results.length !== entries.length) return `${results.length} results of ${entries.length}`;
  for (const [index, allowed] of entries.entries()) {
    const result = results[index];
    if (!isObject(result)) return `result ${index} is no object`;
    const { httpStatus = 200, code } = result;
    if (code === 'system_error') return `result ${index}: a system error`;
    if (typeof httpStatus !== 'number' || !allowed.has(httpStatus)) {
      return `result ${index}: ${httpStatus} ${code}, expected ${[...allowed].join(' or ')}`;
    }
  }
  return null;
}

/** `undefined` for what is no JSON: no schema takes it. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
