/**
 * A command's way without its last step: the real fetch and the real decision, and nothing is saved.
 * It takes no claim, sets no pointer, and leaves what the node keeps in memory as it is.
 */
import type { ClaimAnswer, JsonObject, RecordedEvent } from '../define/index.ts';
import { decodeState } from './actor-state.ts';
import { TurnClaims } from './claims.ts';
import { decide, inputOf } from './decide.ts';
import type { MachineState } from './driver.ts';
import type { EngineInside, ValidCommand } from './engine.ts';
import { NO_ACTOR, planFetch } from './fetch.ts';
import { newIdentity } from './message.ts';
import type { ActorVersion } from './outcome.ts';
import { UNKNOWN, Workspace } from './workspace.ts';

/** What a command would come to, if it were sent now. */
export interface DryRun {
  readonly status: 'accepted' | 'rejected';
  /** `null` where it would be accepted. */
  readonly reason: string | null;
  /** As the answer would name it. */
  readonly actor: ActorVersion;
  readonly events: readonly RecordedEvent[];
  /** What the machine would be told beside the command. */
  readonly facts: JsonObject;
  readonly claims: Readonly<Record<string, ClaimAnswer>>;
  /** `null` where the actor does not exist. */
  readonly before: MachineState | null;
  readonly after: MachineState | null;
  /** The names of the transitions that the step would take, in their order. */
  readonly taken: readonly string[];
}

/**
 * Runs a client's command as far as the decision. Ids and times are those of this moment: the same
 * command, sent, has others.
 * @throws StoreUnavailable, StateFault, NewerState, MachineFault, and what the command's own
 * functions and its machine throw: what makes a command fail
 */
export async function dryRun(
  { store, runtime, submitter }: Pick<EngineInside, 'store' | 'runtime' | 'submitter'>,
  command: ValidCommand,
  principal: string,
): Promise<DryRun> {
  const delivery = { principal };
  const identity = newIdentity(runtime, delivery);
  const unaddressed = { command, delivery, identity, keep: 'nothing' as const, pointer: null };
  const message = submitter.address(unaddressed);
  const { aggregate, target } = message;
  const plan = planFetch(target, false, [message], 0);
  const fetched = { plan, reply: await store.fetch(plan.request) };
  const before = decodeState(aggregate, target, fetched.reply.actor ?? NO_ACTOR);
  const claims = new TurnClaims();
  claims.begin(before);
  await claims.look({ store, runtime }, before, message);
  const facts = new Workspace(aggregate, fetched).factsOf(0, before);
  // Only what an earlier command of the same turn wrote can be unknown.
  if (facts === UNKNOWN) throw new Error('a fact of a command alone is unknown');
  const decided = decide(aggregate, before, message, facts, claims);
  // Only a command that asks for a version can meet another.
  if ('code' in decided) throw new Error(`a command without a version met ${decided.code}`);
  const { decision, state: after } = decided;
  const answers = claims.answersFor(message, before);
  return {
    status: decision.status,
    reason: decision.reason ?? null,
    actor: decision.actor,
    events: decision.events,
    facts,
    claims: answers,
    before: before.version === 0 ? null : before.machine,
    after: after.version === 0 ? null : after.machine,
    taken: aggregate.driver.taken(before.machine, inputOf(message, facts, answers)),
  };
}
