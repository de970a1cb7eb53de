import { batchAnswer, type CommandResult, describeProblem, problem } from './answer.ts';
import { ANSWER_TIMEOUT_MS } from './limits.ts';
import type { Batch } from './plan.ts';

/** How one request for a batch ended. */
export type BatchReply =
  | { readonly kind: 'answered'; readonly results: readonly CommandResult[] }
  /** No answer, or one that says to come again: what of it took effect is unknown. */
  | { readonly kind: 'try-again'; readonly why: string; readonly retryAfterMs: number }
  /** The server will say the same again. */
  | { readonly kind: 'refused'; readonly why: string };

/** A server, seen from outside. */
export interface ServerLink {
  readonly url: string;
  /** Sends a batch, once. Never throws. */
  send(batch: Batch): Promise<BatchReply>;
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
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const get = (path: string) =>
    fetch(new URL(path, root), { headers, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });

  return {
    url: root,
    async send(batch) {
      const commands = batch.map(({ key, type, data }) => ({ type, data, idempotencyKey: key }));
      try {
        const response = await fetch(new URL('v1/commands', root), {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ commands }),
          signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        });
        return response.ok
          ? await readResults(response, batch.length)
          : await readProblem(response);
      } catch (error) {
        return { kind: 'try-again', why: faultOf(error), retryAfterMs: 0 };
      }
    },
    async hasAccount(accountId) {
      try {
        const id = encodeURIComponent(accountId);
        const response = await get(`v1/relationships/${id}/${id}`);
        await response.body?.cancel();
        if (response.ok) return true;
        return response.status === 404 ? false : undefined;
      } catch {
        return undefined;
      }
    },
    async answers() {
      try {
        await (await get('livez')).body?.cancel();
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
  if (!parsed.success || parsed.data.results.length !== expected) {
    return {
      kind: 'refused',
      why: 'the answer is not that of a batch; is this an Everstate server?',
    };
  }
  return { kind: 'answered', results: parsed.data.results };
}

async function readProblem(response: Response): Promise<BatchReply> {
  const { status } = response;
  const parsed = problem.safeParse(await response.json().catch(() => ({})));
  const why = describeProblem(status, parsed.data ?? {});
  if (!isPassing(status)) return { kind: 'refused', why };
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return { kind: 'try-again', why, retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : 0 };
}

/** Whether a status says that the same request may succeed later. */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${ANSWER_TIMEOUT_MS / 1_000} s`;
  const { cause } = error;
  if (cause instanceof Error) {
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  }
  return error.message;
}
