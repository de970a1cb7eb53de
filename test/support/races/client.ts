import type { App } from '../../../src/define/index.ts';
import type { Outcome } from '../../../src/engine/outcome.ts';
import type { Submitter } from '../../../src/engine/submit.ts';
import type { RaceNode } from './node.ts';
import type { Ask } from './rules.ts';
import type { Strand } from './strand.ts';

/** A client: it sends its commands one after another, each when the one before is answered. */
export class Client {
  readonly strand: Strand;
  /** Its own node; `null` where it shares one. */
  readonly home: RaceNode | null;
  readonly #submitter: Submitter;
  readonly #unanswered: Ask[];
  #isWaiting = false;

  constructor(strand: Strand, submitter: Submitter, asks: readonly Ask[], home: RaceNode | null) {
    this.strand = strand;
    this.home = home;
    this.#submitter = submitter;
    this.#unanswered = [...asks];
  }

  /** Its next step; `null`: it waits, or has no more. */
  get option(): string | null {
    const isIdle = this.#isWaiting || this.isDone || this.strand.isDead;
    return isIdle ? null : `${this.strand.name} asks`;
  }

  get isDone(): boolean {
    return this.#unanswered.length === 0;
  }

  /** Whether all that it has left is follows: they change no block and no view. */
  get onlyFollows(): boolean {
    return this.#unanswered.every(({ type }) => type === 'FollowAccount');
  }

  async ask(app: App): Promise<Outcome> {
    const [ask] = this.#unanswered;
    if (!ask) throw new Error(`${this.strand.name} has nothing to ask`);
    this.#isWaiting = true;
    const { type, body } = ask;
    const parsed = app.commands.get(type)?.commands[type]?.clientSchema.parse(body);
    const outcome = await this.#submitter.submit({ type, parsed, body }, { principal: 'client' });
    this.#isWaiting = false;
    this.#unanswered.shift();
    return outcome;
  }
}
