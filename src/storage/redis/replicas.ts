import { setImmediate as nextTick } from 'node:timers/promises';
import { Command, type Redis } from 'ioredis';
import { REPLICAS_MS } from './limits.ts';
import { integer } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

/** A command that knows which connection it was written to last. */
export class TracedCommand extends Command {
  /** `null`: to none. */
  connection: object | null = null;

  override toWritable(socket: object): string | Buffer {
    this.connection = socket;
    return super.toWritable(socket);
  }
}

/** Asks servers how many replicas have all that was done when they answered. */
export class Replicas {
  /** By connection. */
  readonly #waits = new WeakMap<object, ReplicaWait>();

  /**
   * @param nodes the servers that are spoken to
   * @param send sends a command to one of them
   */
  constructor(
    private readonly nodes: () => readonly Redis[],
    private readonly send: (node: Redis, command: Command) => void,
  ) {}

  /**
   * How many replicas have what an answered command read and wrote. Asked on the connection that
   * it was answered on: a later one would answer for another server, or another time.
   * @param probe a key of its partition that is never there
   * @param enough ends the waiting early
   * @throws Error where that connection is gone
   */
  count(command: TracedCommand, probe: string, enough: number): Promise<number> {
    const { connection } = command;
    const node = this.nodes().find(({ stream }) => stream === connection);
    if (connection === null || node === undefined) {
      return Promise.reject(new Error('the connection that it was answered on is gone'));
    }
    let wait = this.#waits.get(connection);
    if (wait === undefined) {
      wait = new ReplicaWait((question) => {
        if (node.stream === connection) this.send(node, question);
        else question.reject(new Error('the connection that it was answered on is gone'));
      });
      this.#waits.set(connection, wait);
    }
    return wait.count(probe, enough);
  }
}

/**
 * `WAIT` holds up its connection, so that there is one at a time: all who ask while it lasts share
 * the next one.
 */
class ReplicaWait {
  #next: Promise<number> | null = null;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(private readonly send: (command: Command) => void) {}

  count(probe: string, enough: number): Promise<number> {
    this.#next ??= this.#ask(probe, enough);
    return this.#next;
  }

  async #ask(probe: string, enough: number): Promise<number> {
    await Promise.all([this.#underWay, nextTick()]);
    this.#next = null;
    const mark = new Command('eval', [SCRIPTS.mark.source, '1', probe]);
    const wait = new Command('wait', [String(enough), String(REPLICAS_MS)]);
    const answers = Promise.all([mark.promise, wait.promise]);
    this.#underWay = answers.catch(() => {});
    this.send(mark);
    this.send(wait);
    const [, replicas] = await answers;
    return integer(replicas);
  }
}
