import type { z } from 'zod';
import { batchAnswer, type CommandResult, describeProblem, problem } from './answer.ts';
import { ANSWER_TIMEOUT_MS } from './limits.ts';
import type { Batch } from './plan.ts';

/** How a request ended that got no answer to work with. */
export type NoAnswer =
  /** No answer, or one that says to come again: whether it took effect is unknown. */
  | { readonly kind: 'try-again'; readonly why: string; readonly retryAfterMs: number }
  /** The server will say the same again. */
  | {
      readonly kind: 'refused';
      readonly why: string;
      readonly status: number;
      /** The server's own words, if it had any. */
      readonly detail: string | undefined;
    };

/** How one request ended. */
export type Reply<T> = { readonly kind: 'answered'; readonly value: T } | NoAnswer;

/** How one request for a batch ended. */
export type BatchReply =
  | { readonly kind: 'answered'; readonly results: readonly CommandResult[] }
  | NoAnswer;

/** A server, seen from outside. None of its methods throws, and each asks once. */
export interface ServerLink {
  /** Ends with a slash. */
  readonly url: string;
  send(batch: Batch): Promise<BatchReply>;
  /**
   * Reads what lies under a path.
   * @param path without a slash before it
   */
  get<T>(path: string, schema: z.ZodType<T>): Promise<Reply<T>>;
  /** Asks for what a path does, without a body. */
  post<T>(path: string, schema: z.ZodType<T>): Promise<Reply<T>>;
  /** Whether an account is there: `undefined` where the server does not say. */
  hasAccount(accountId: string): Promise<boolean | undefined>;
  /** Whether anything answers HTTP at all. */
  answers(): Promise<boolean>;
}

/**
 * The way to a server.
 * @param base where it is, with or without a path
 * @param token bearer token, if any
 */
export function serverLink(base: URL, token: string | undefined): ServerLink {
  const root = base.href.endsWith('/') ? base.href : `${base.href}/`;
  const own: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = (path: string, { headers, ...init }: RequestInit = {}) =>
    fetch(new URL(path, root), {
      ...init,
      headers: { ...own, ...headers },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
  const ask = async <T>(path: string, schema: z.ZodType<T>, method: string): Promise<Reply<T>> => {
    try {
      const response = await request(path, { method });
      if (!response.ok) return await readProblem(response);
      const parsed = schema.safeParse(await response.json());
      if (parsed.success) return { kind: 'answered', value: parsed.data };
      return strange(response);
    } catch (error) {
      return unanswered(error);
    }
  };

  return {
    url: root,
    async send(batch) {
      const commands = batch.map(({ key, type, data }) => ({ type, data, idempotencyKey: key }));
      try {
        const response = await request('v1/commands', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ commands }),
        });
        return response.ok
          ? await readResults(response, batch.length)
          : await readProblem(response);
      } catch (error) {
        return unanswered(error);
      }
    },
    get: (path, schema) => ask(path, schema, 'GET'),
    post: (path, schema) => ask(path, schema, 'POST'),
    async hasAccount(accountId) {
      try {
        const id = encodeURIComponent(accountId);
        const response = await request(`v1/relationships/${id}/${id}`);
        await response.body?.cancel();
        if (response.ok) return true;
        return response.status === 404 ? false : undefined;
      } catch {
        return undefined;
      }
    },
    async answers() {
      try {
        await (await request('livez')).body?.cancel();
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function readResults(response: Response, expected: number): Promise<BatchReply> {
  // A body that breaks off throws here and is tried again; one that is whole and strange is not.
  const parsed = batchAnswer.safeParse(await response.json());
  if (!parsed.success || parsed.data.results.length !== expected) return strange(response);
  return { kind: 'answered', results: parsed.data.results };
}

function strange({ status }: Response): NoAnswer {
  const why = 'the answer is not one that was asked for; is this an Everstate server?';
  return { kind: 'refused', why, status, detail: undefined };
}

async function readProblem(response: Response): Promise<NoAnswer> {
  const { status } = response;
  const parsed = problem.safeParse(await response.json().catch(() => ({})));
  const why = describeProblem(status, parsed.data ?? {});
  if (!isPassing(status)) return { kind: 'refused', why, status, detail: parsed.data?.detail };
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return { kind: 'try-again', why, retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : 0 };
}

function unanswered(error: unknown): NoAnswer {
  return { kind: 'try-again', why: faultOf(error), retryAfterMs: 0 };
}

/** Whether a status says that the same request may succeed later. */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${ANSWER_TIMEOUT_MS / 1_000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  switch (code) {
    case 'ECONNREFUSED':
      return 'no server answers there. Start one with: npm start';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection was cut';
    default:
      return code ?? cause.message;
  }
}
