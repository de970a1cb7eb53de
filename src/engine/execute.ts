/** Step three of a command's way: the pure steps of a turn, one message after another. */
import { type ActorState, encodeState } from './actor-state.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import type { TurnClaims } from './claims.ts';
import { decide } from './decide.ts';
import type { Fetched } from './fetch.ts';
import type { Message } from './message.ts';
import type { Failure } from './outcome.ts';
import type { Decision } from './record.ts';
import type { NewRecord } from './store.ts';
import { UNKNOWN, Workspace } from './workspace.ts';

/** What became of one message of a turn, should the turn be committed. */
export type Result =
  /** `record`: the index among the turn's records, `null` where it wrote none. */
  | { readonly kind: 'decided'; readonly decision: Decision; readonly record: number | null }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly error?: unknown };

/** A turn's execution: nothing of it has happened yet. */
export interface Execution {
  /** One for each message, in order, but for those that wait for the next turn. */
  readonly results: readonly Result[];
  readonly state: ActorState;
  readonly records: readonly NewRecord[];
  readonly workspace: Workspace;
}

/**
 * Executes the messages one after another, each on the state that the one before left. A message
 * that makes its machine fault fails alone and changes nothing. Pure: no clock, no randomness.
 */
export function execute(
  aggregate: AggregateRuntime,
  before: ActorState,
  messages: readonly Message[],
  fetched: Fetched,
  claims: TurnClaims,
  recordsPerSnapshot: number,
): Execution {
  const workspace = new Workspace(aggregate, fetched);
  const results: Result[] = [];
  const records: NewRecord[] = [];
  let state = before;
  for (const [index, message] of messages.entries()) {
    // The same command twice, sent and sent async under one key: the next turn finds it answered.
    if (message.keep !== 'nothing' && isAmong(messages, index, message)) break;
    const facts = workspace.factsOf(index, state);
    if (facts === UNKNOWN) break;
    try {
      const decided = decide(aggregate, state, message, facts, claims);
      if ('code' in decided) {
        results.push({ kind: 'failed', failure: decided });
        continue;
      }
      let record: number | null = null;
      if (decided.body !== null) {
        state = decided.state;
        const carries = state.records % recordsPerSnapshot === 0 && state.version > 0;
        const snapshot = carries ? encodeState(aggregate, state) : null;
        record = records.push({ body: decided.body, snapshot }) - 1;
        for (const { collection, change } of decided.changes) workspace.write(collection, change);
      }
      results.push({ kind: 'decided', decision: decided.decision, record });
    } catch (error) {
      results.push({ kind: 'failed', failure: { code: 'system_error' }, error });
    }
  }
  return { results, state, records, workspace };
}

/** Whether one of the messages before `index` is the same command. */
function isAmong(messages: readonly Message[], index: number, message: Message): boolean {
  const { commandId } = message.identity;
  return messages.findIndex(({ identity }) => identity.commandId === commandId) < index;
}
