import { API_PATH, WRITE_HEADER } from '../protocol.ts';
import { page } from './store.ts';

/** What a problem may say beside its code and its detail. */
export interface ProblemDetails {
  readonly traceId?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  readonly actor?: { readonly type: string; readonly id: string; readonly version: number };
  readonly events?: readonly {
    readonly id: string;
    readonly type: string;
    readonly data: unknown;
  }[];
}

/** What the server said instead of an answer, or why there is none. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param status of the answer; 0: there was none
   * @param told what it says beside: faults of fields, the actor and events of a refusal
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly told: ProblemDetails = {},
  ) {
    super(message);
  }
}

/** Reads what lies under the inspector's own routes. @throws Problem */
export function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>(`${API_PATH}${path}`, { ...(signal && { signal }) });
}

/** Sends a word of the one who looks; logged by the server. @throws Problem */
export function write<T>(route: string, body: unknown): Promise<T> {
  return request<T>(route, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [WRITE_HEADER]: '1' },
    body: JSON.stringify(body),
  });
}

/** Sends a command as any client does. @param key under which it takes effect once @throws Problem */
export function sendCommand<T>(type: string, data: unknown, key: string): Promise<T> {
  return request<T>(`/v1/commands/${encodeURIComponent(type)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(data) ?? 'null',
  });
}

async function request<T>(url: string, init: RequestInit): Promise<T> {
  const { token } = page.getSnapshot().context;
  const headers = new Headers(init.headers);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(url, { ...init, headers }).catch((error: unknown) => {
    throw isAbort(error) ? error : new Problem(0, 'unreachable', 'The server does not answer');
  });
  const body: unknown = await response.json().catch((error: unknown) => {
    if (isAbort(error)) throw error;
    // Other servers between may answer with a page of theirs.
    if (response.ok) throw new Problem(0, 'unreachable', 'The answer of the server broke off');
    return null;
  });
  if (response.ok) return body as T;
  // Another may have been given since.
  const isLatest = page.getSnapshot().context.token === token;
  if (response.status === 401 && isLatest) page.trigger.lockedOut();
  const told = (body ?? {}) as ProblemDetails &
    Partial<Record<'code' | 'detail' | 'title', string>>;
  const said = told.detail ?? told.title ?? response.statusText;
  throw new Problem(response.status, told.code ?? 'unknown', said, told);
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
