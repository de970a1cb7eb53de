/**
 * Who sent a policy's command, and for which event. The id of such a command is a digest of the
 * policy, the instance, the event that began it, the message it was sent for, and its place among
 * that message's commands: so all that could be are tried, of a bounded number.
 */
import { LRUCache } from 'lru-cache';
import { allNodes } from '../../define/check/nodes.ts';
import type { TracedRecord } from '../../engine/actor-index/trace.ts';
import { messagesIn, placeOf } from '../../engine/background/intake.ts';
import type { PolicyRuntime } from '../../engine/background/policy-runtime.ts';
import { policyOf } from '../../engine/background/principal.ts';
import { read } from '../../engine/background/rows.ts';
import type { EngineInside } from '../../engine/engine.ts';

/** Messages of one trace that are looked through for what sent a command. */
const MESSAGES_MAX = 24;
/** Commands that one message sends, as far as they are looked through. */
const COMMANDS_MAX = 8;
/** The same, where one command alone is looked for. */
const COMMANDS_OF_ONE_MAX = 128;
/** Timers and effects of a machine that are tried, and how many visits to their states. */
const WAKES_MAX = 8;
const VISITS_MAX = 8;
/** Ids that are tried for one command, or for all of a trace: some hundredths of a second. */
const TRIES_MAX = 20_000;
/** Traces whose senders are remembered: who looks at one asks for it every other second. */
const TRACES_MAX = 20;

type Inside = Pick<EngineInside, 'policies' | 'runtime' | 'store'>;

/** Who sent a command: an instance of a policy, for an event. */
export interface Sender {
  readonly instance: string;
  /** The event's id. */
  readonly event: string;
}

/** Who sent commands, by their ids. */
type Senders = ReadonlyMap<string, Sender>;

/**
 * Tells who sent the commands of traces, and remembers it for as long as their records are the same.
 * @returns see {@link causesOf}
 */
export function rememberingCauses(inside: Inside): (records: readonly TracedRecord[]) => Senders {
  const known = new LRUCache<string, Senders>({ max: TRACES_MAX });
  return (records) => {
    const ids = records.map(({ record }) => record.commandId);
    const key = inside.runtime.digest(ids.join());
    const senders = known.get(key) ?? causesOf(inside, records);
    known.set(key, senders);
    return senders;
  };
}

/**
 * Tells who sent the commands of a trace.
 * @returns by command id, of those that it could tell
 */
export function causesOf(inside: Inside, records: readonly TracedRecord[]): Senders {
  const commands = records.filter(({ record }) => policyOf(record.principal) !== null);
  const names = new Set(commands.map(({ record }) => policyOf(record.principal)));
  // What came of a command is told to the instance that sent it, under the command's id.
  const outcomes = commands.slice(0, MESSAGES_MAX).map(({ record }) => record.commandId);
  const sent = new Map<string, Sender>();
  for (const name of names) {
    const policy = inside.policies.get(name ?? '');
    if (!policy) continue;
    const own = commands.filter(({ record }) => policyOf(record.principal) === name);
    const left = new Set(own.map(({ record }) => record.commandId));
    let tries = 0;
    for (const { commandId, sender } of possibleIn(inside, policy, records, outcomes)) {
      if (left.delete(commandId)) sent.set(commandId, sender);
      // In most traces the first tries tell all.
      if (left.size === 0 || ++tries >= TRIES_MAX / names.size) break;
    }
  }
  return sent;
}

/** The commands that a policy may have sent, the likeliest first. */
function* possibleIn(
  inside: Inside,
  policy: PolicyRuntime,
  records: readonly TracedRecord[],
  outcomes: readonly string[],
): Generator<{ readonly commandId: string; readonly sender: Sender }> {
  const taken = eventsOf(inside, policy, records);
  const further = [...outcomes, ...wakesOf(policy)];
  const lives = taken.map(({ id: first, instance }) => {
    const events = taken.filter((each) => each.instance === instance).map(({ id }) => id);
    return { first, instance, events: new Set(events), causes: [...events, ...further] };
  });
  for (let index = 0; index < COMMANDS_MAX; index++) {
    for (const { first, instance, events, causes } of lives) {
      for (const cause of causes) {
        const commandId = idOf(inside, policy, { instance, first, cause, index });
        yield { commandId, sender: { instance, event: events.has(cause) ? cause : first } };
      }
    }
  }
}

/**
 * Tells who sent one command of a trace; `null` where it cannot. It tries more than
 * {@link causesOf}: also instances that began in another trace, and run still.
 * @throws StoreUnavailable
 */
export async function senderOf(
  inside: Inside,
  records: readonly TracedRecord[],
  { partition, position, record }: TracedRecord,
): Promise<Sender | null> {
  const policy = inside.policies.get(policyOf(record.principal) ?? '');
  if (!policy) return null;
  // Nothing that it led to is what it was sent for: least of all its own events.
  const before = records.filter((each) => each.partition !== partition || each.position < position);
  const taken = eventsOf(inside, policy, before);
  const running = await Promise.all(taken.map((each) => incarnationOf(inside, policy, each)));
  const lives = taken.flatMap(({ id, instance }, index) =>
    [...new Set([id, running[index] ?? id])].map((first) => ({ instance, first })),
  );
  // Of what it was told before, the latest is the likeliest.
  const outcomes = records
    .filter((each) => each.record.principal === record.principal && each.record.at <= record.at)
    .map((each) => each.record.commandId)
    .reverse();
  const causes = [...taken.map(({ id }) => id), ...wakesOf(policy), ...outcomes];
  let tries = 0;
  for (let index = 0; index < COMMANDS_OF_ONE_MAX; index++) {
    for (const { instance, first } of lives) {
      for (const cause of causes) {
        if (++tries > TRIES_MAX) return null;
        if (idOf(inside, policy, { instance, first, cause, index }) !== record.commandId) continue;
        // What a timer, an effect or an outcome led to goes back to the event taken before it.
        const own = taken.filter((each) => each.instance === instance);
        const isEvent = own.some(({ id }) => id === cause);
        const last = own.findLast(({ at }) => at <= record.at);
        return { instance, event: isEvent ? cause : (last?.id ?? first) };
      }
    }
  }
  return null;
}

/** As the engine names the commands of policies. */
function idOf(
  { runtime }: Inside,
  { name }: PolicyRuntime,
  sent: { instance: string; first: string; cause: string; index: number },
): string {
  const parts = [name, sent.instance, sent.first, sent.cause, sent.index];
  return runtime.digest(JSON.stringify(parts)).slice(0, 22);
}

/** The ids that timers and effects of a machine have as messages, for the first visits. */
function wakesOf({ definition: { machine } }: PolicyRuntime): readonly string[] {
  const ids = [...allNodes(machine.root)].flatMap(({ after, invoke }) => [
    ...after.map(({ eventType }) => eventType),
    ...invoke.map(({ id }) => id),
  ]);
  const known = [...new Set(ids)].slice(0, WAKES_MAX);
  return known.flatMap((id) =>
    Array.from({ length: VISITS_MAX }, (_, index) => `${id}#${index + 1}`),
  );
}

interface Taken {
  readonly id: string;
  readonly instance: string;
  /** Where the instance lives. */
  readonly partition: number;
  readonly at: string;
}

/** Events that a policy takes, with their instances. */
function eventsOf(
  { store, runtime }: Inside,
  policy: PolicyRuntime,
  records: readonly TracedRecord[],
): readonly Taken[] {
  const now = () => new Date(runtime.now()).toISOString();
  const found: Taken[] = [];
  for (const { partition, position, record } of records) {
    for (const message of messagesIn(policy, partition, { position, record })) {
      if (found.length === MESSAGES_MAX) return found;
      const place = placed(() => placeOf(policy, { store, partition, now }, message));
      if (place?.kind !== 'here' && place?.kind !== 'elsewhere') continue;
      const lives = place.kind === 'here' ? partition : place.partition;
      const { instance } = place;
      found.push({ id: message.id, instance, partition: lives, at: record.at });
    }
  }
  return found;
}

/** `null` where this code cannot tell. */
function placed(place: () => ReturnType<typeof placeOf>): ReturnType<typeof placeOf> | null {
  try {
    return place();
  } catch {
    // An event of newer code.
    return null;
  }
}

/** The event that began an instance which runs now; `null`: none does. @throws StoreUnavailable */
async function incarnationOf(
  { store }: Inside,
  policy: PolicyRuntime,
  { instance, partition }: Taken,
): Promise<string | null> {
  const [body] = await store.rows(partition, policy.tables.instance, [instance]);
  return typeof body === 'string' ? read.instance(body).incarnation : null;
}
