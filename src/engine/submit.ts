import type { AggregateRuntime } from './aggregate-runtime.ts';
import type { Delivery, ValidCommand } from './engine.ts';
import { fingerprintOf, newPointer, pointerKey } from './idempotency.ts';
import type { Mailboxes } from './mailbox.ts';
import {
  createMessage,
  failed,
  type Identity,
  type Message,
  newIdentity,
  type Unaddressed,
} from './message.ts';
import type { Outcome } from './outcome.ts';
import type { Log, Runtime } from './runtime.ts';

interface SubmitTools {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly mailboxes: Mailboxes;
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
}

interface UnderWay {
  readonly fingerprint: string;
  readonly outcome: Promise<Outcome>;
}

/** Takes commands: gives each its identity and its mailbox. */
export class Submitter {
  readonly #tools: SubmitTools;
  /** By key: the commands under way in this node, so that two at once become one. */
  readonly #keyed = new Map<string, UnderWay>();

  constructor(tools: SubmitTools) {
    this.#tools = tools;
  }

  /** Runs a command to its end. Does not reject. */
  submit(command: ValidCommand, delivery: Delivery): Promise<Outcome> {
    const { idempotencyKey } = delivery;
    if (idempotencyKey !== undefined) return this.#submitKeyed(command, delivery, idempotencyKey);
    const identity = newIdentity(this.#tools.runtime, delivery);
    return this.#run({ command, delivery, identity, keep: 'nothing', pointer: null });
  }

  /**
   * Parses a client's command once more; `null` when this code does not take it, which others may.
   */
  revalidate(type: string, body: unknown): ValidCommand | null {
    const definition = this.#tools.aggregates.get(type)?.definition.commands[type];
    const result = definition?.clientSchema.safeParse(body);
    return result?.success ? { type, parsed: result.data, body } : null;
  }

  /**
   * Addresses a command.
   * @throws what the command's own functions throw, and for a command that the app does not have
   */
  address(unaddressed: Unaddressed): Message {
    const { runtime, aggregates } = this.#tools;
    const { type } = unaddressed.command;
    const aggregate = aggregates.get(type);
    if (!aggregate) throw new Error(`${type} is no command of this app`);
    return createMessage(runtime, aggregate, unaddressed);
  }

  /** Runs a message to its end. Does not reject. */
  send(message: Message): Promise<Outcome> {
    const { runtime, mailboxes } = this.#tools;
    const enqueuedAt = runtime.monotonic();
    return new Promise((settle) => mailboxes.add({ message, enqueuedAt, settle }));
  }

  #run(unaddressed: Unaddressed): Promise<Outcome> {
    try {
      return this.send(this.address(unaddressed));
    } catch (error) {
      const { command, identity } = unaddressed;
      const fields = { err: error, traceId: identity.traceId, command: command.type };
      this.#tools.log.error(fields, 'a command could not be addressed');
      return Promise.resolve(failed({ identity }, { code: 'system_error' }));
    }
  }

  async #submitKeyed(
    command: ValidCommand,
    delivery: Delivery,
    idempotencyKey: string,
  ): Promise<Outcome> {
    const identity = newIdentity(this.#tools.runtime, delivery);
    const key = pointerKey(delivery, idempotencyKey);
    const fingerprint = fingerprintOf(this.#tools.runtime, command);
    const first = this.#keyed.get(key);
    if (first) return this.#answerOf(first, fingerprint, identity);
    const pointer = newPointer(key, fingerprint, identity);
    const outcome = this.#run({ command, delivery, identity, keep: 'decisions', pointer });
    this.#keyed.set(key, { fingerprint, outcome });
    try {
      return await outcome;
    } finally {
      this.#keyed.delete(key);
    }
  }

  /** The second of two at once under one key gets the answer of the first. */
  async #answerOf(first: UnderWay, fingerprint: string, identity: Identity): Promise<Outcome> {
    if (first.fingerprint !== fingerprint) {
      return failed({ identity }, { code: 'idempotency_key_reused' });
    }
    const outcome = await first.outcome;
    return outcome.status === 'failed' ? outcome : { ...outcome, replayed: true };
  }
}
