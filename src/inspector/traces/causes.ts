import type { TracedRecord } from '../../engine/actor-index/trace.ts';
import { messagesIn, placeOf } from '../../engine/background/intake.ts';
import type { PolicyRuntime } from '../../engine/background/policy-runtime.ts';
import type { EngineInside } from '../../engine/engine.ts';

/** Messages of one trace that are looked through for what sent a command. */
const MESSAGES_MAX = 24;
/** Commands that one message sends, as far as they are looked through. */
const COMMANDS_MAX = 8;
const POLICY = 'policy/';

/** The policy that sent a command; `null`: none did. */
export function policyOf(principal: string): string | null {
  return principal.startsWith(POLICY) ? principal.slice(POLICY.length) : null;
}

/**
 * Tells which event a policy sent a command for. The id of such a command is a digest of the policy,
 * the instance, the event that began it, the message it was sent for, and its place among that
 * message's commands: so all that could be are tried, of a bounded number.
 * @returns command id → event id, of those that it could tell
 */
export function causesOf(
  inside: Pick<EngineInside, 'policies' | 'runtime' | 'store'>,
  records: readonly TracedRecord[],
): ReadonlyMap<string, string> {
  const { runtime } = inside;
  const commands = records.filter(({ record }) => policyOf(record.principal) !== null);
  const names = new Set(commands.map(({ record }) => policyOf(record.principal)));
  // What came of a command is told to the instance that sent it, under the command's id.
  const outcomes = commands.slice(0, MESSAGES_MAX).map(({ record }) => record.commandId);
  const sent = new Map<string, string>();
  for (const name of names) {
    const policy = inside.policies.get(name ?? '');
    if (!policy) continue;
    const taken = eventsOf(inside, policy, records);
    for (const { id: first, instance } of taken) {
      const events = taken.filter((each) => each.instance === instance).map(({ id }) => id);
      for (const cause of [...events, ...outcomes]) {
        for (let index = 0; index < COMMANDS_MAX; index++) {
          const parts = [policy.name, instance, first, cause, index];
          const commandId = runtime.digest(JSON.stringify(parts)).slice(0, 22);
          sent.set(commandId, events.includes(cause) ? cause : first);
        }
      }
    }
  }
  return sent;
}

/** Events that a policy takes, with their instances. */
function eventsOf(
  { store, runtime }: Pick<EngineInside, 'runtime' | 'store'>,
  policy: PolicyRuntime,
  records: readonly TracedRecord[],
): readonly { readonly id: string; readonly instance: string }[] {
  const now = () => new Date(runtime.now()).toISOString();
  const found: { id: string; instance: string }[] = [];
  for (const { partition, position, record } of records) {
    for (const message of messagesIn(policy, partition, { position, record })) {
      if (found.length === MESSAGES_MAX) return found;
      const place = instanceOf(() => placeOf(policy, { store, partition, now }, message));
      if (place !== null) found.push({ id: message.id, instance: place });
    }
  }
  return found;
}

/** `null` where the event has none, or where this code cannot tell. */
function instanceOf(place: () => ReturnType<typeof placeOf>): string | null {
  try {
    const found = place();
    return found.kind === 'here' || found.kind === 'elsewhere' ? found.instance : null;
  } catch {
    // An event of newer code.
    return null;
  }
}
