import { type Json, NewerEventError } from '../../define/index.ts';
import { NewerState } from '../driver.ts';
import { HISTORY_MAX, type History } from './rows.ts';

interface Tried {
  readonly attempts: number;
  readonly history: History;
}

/** Whether an error says that nodes of newer code are needed: it is waited for them. */
export function isOfNewerCode(error: unknown): boolean {
  return error instanceof NewerState || error instanceof NewerEventError;
}

/** What was tried, after one more failure. @param counts whether that was one of its attempts */
export function withFailure<T extends Tried>(
  tried: T,
  at: string,
  error: string,
  counts = true,
): T {
  return {
    ...tried,
    attempts: tried.attempts + Number(counts),
    history: [...tried.history, { at, error }].slice(-HISTORY_MAX),
  };
}

/** What was tried, after an operator changed what is tried next. @param before what it was */
export function withEdit<T extends Tried>(tried: T, at: string, by: string, before: Json): T {
  const edit = { at, error: `edited by ${by}`, before };
  return { ...tried, history: [...tried.history, edit].slice(-HISTORY_MAX) };
}

/** What an error says, for a dead letter. */
export function errorText(error: unknown): string {
  const { name, message } = plainError(error);
  return error instanceof Error ? `${name}: ${message}` : message;
}

/** An error as data. Anything can be thrown, also what cannot be told as text. */
export function plainError(error: unknown): { readonly name: string; readonly message: string } {
  try {
    if (error instanceof Error) return { name: String(error.name), message: String(error.message) };
    return { name: 'Error', message: String(error) };
  } catch {
    return { name: 'Error', message: 'what was thrown cannot be told as text' };
  }
}
