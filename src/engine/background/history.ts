import { HISTORY_MAX, type History } from './rows.ts';

interface Tried {
  readonly attempts: number;
  readonly history: History;
}

/** What was tried, after one more failure. */
export function withFailure<T extends Tried>(tried: T, at: string, error: string): T {
  return {
    ...tried,
    attempts: tried.attempts + 1,
    history: [...tried.history, { at, error }].slice(-HISTORY_MAX),
  };
}

/** What an error says, for a dead letter. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
