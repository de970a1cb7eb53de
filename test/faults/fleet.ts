import { setTimeout as pause } from 'node:timers/promises';
import type { RedisView } from '../support/redis-view.ts';
import { ServerProcess } from '../support/server-process.ts';

const LOOK_MS = 20;

/** Waits until `holds`, and fails with `what` where it does not in time. */
export async function until(
  what: string,
  withinMs: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await pause(LOOK_MS);
  }
}

/** One of several servers on one Redis, with the name by which its process holds leases. */
export interface Member {
  readonly process: ServerProcess;
  /** New whenever the process is. */
  name: string;
}

const NAMED_WITHIN_MS = 30_000;

/** Servers on one Redis. They begin one after another, so that it is known who is who. */
export class Fleet {
  readonly members: readonly Member[];
  readonly #view: RedisView;
  #beginning: Promise<unknown> = Promise.resolve();

  private constructor(members: readonly Member[], view: RedisView) {
    this.members = members;
    this.#view = view;
  }

  /** Resolves once each of them holds its share. @param settings of each, its environment */
  static async start(
    settings: readonly Readonly<Record<string, string>>[],
    view: RedisView,
  ): Promise<Fleet> {
    const members: Member[] = [];
    const fleet = new Fleet(members, view);
    for (const each of settings) {
      await fleet.#named(async () => {
        const process = await ServerProcess.start(each);
        const member = { process, name: '' };
        members.push(member);
        return member;
      });
    }
    await fleet.settled();
    return fleet;
  }

  get processes(): readonly ServerProcess[] {
    return this.members.map(({ process }) => process);
  }

  member(index: number): Member {
    const member = this.members[index];
    if (member === undefined) throw new Error(`there is no node ${index}`);
    return member;
  }

  /** Starts a node that has ended. */
  begin(member: Member): Promise<void> {
    return this.#named(async () => {
      await member.process.begin();
      return member;
    });
  }

  /** Partitions whose lease a node holds. */
  async heldBy({ name }: Member): Promise<number[]> {
    const holders = await this.#view.holders();
    return this.#view.partitions.filter((partition) => holders[partition] === name);
  }

  /** Resolves once the leases are these nodes', and each of them has some. */
  settled(among: readonly Member[] = this.members): Promise<void> {
    const wanted = new Set(among.map(({ name }) => name));
    return until(`${[...wanted]} hold all leases`, NAMED_WITHIN_MS, async () => {
      const holders = new Set(await this.#view.holders());
      return holders.size === wanted.size && [...wanted].every((name) => holders.has(name));
    });
  }

  async end(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill9()));
  }

  /** Begins one after another: the name that is new is that of the one that began. */
  #named(begin: () => Promise<Member>): Promise<void> {
    const run = async () => {
      // One that was frozen may say again that it lives.
      const known = new Set([
        ...(await this.#view.nodes()),
        ...this.members.map(({ name }) => name),
      ]);
      const member = await begin();
      await until('a node says that it lives', NAMED_WITHIN_MS, async () => {
        const found = (await this.#view.nodes()).find((name) => !known.has(name));
        member.name = found ?? member.name;
        return found !== undefined;
      });
    };
    const named = this.#beginning.then(run);
    this.#beginning = named.catch(() => {});
    return named;
  }
}
