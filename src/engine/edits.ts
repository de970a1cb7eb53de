/** Dead letters whose data an operator changes. */
import type { z } from 'zod';
import type { Json } from '../define/index.ts';
import type { DeadLetterAnswer } from './reports.ts';

/** What of a dead letter can be edited, and what its instance knows, where it runs. */
export type LetterData = { readonly context: Json } & (
  | { readonly isEditable: true; readonly data: Json }
  | { readonly isEditable: false; readonly data: null }
);

/**
 * `fixed`: it has no data that can be edited; `invalid`: these break its schema; `settling`: a word
 * about it is under way; else as of a retry.
 */
export type EditAnswer =
  | { readonly status: DeadLetterAnswer | 'fixed' | 'settling' }
  | { readonly status: 'invalid'; readonly issues: readonly z.core.$ZodIssue[] };
