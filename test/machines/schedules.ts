/**
 * Every order in which commands and policies can come, for a few accounts: a command is fetched in
 * one step and committed in another, and fetched again where its actor changed in between; what a
 * policy sends is such a command. A depth-first search over the steps, each state once.
 */
import type { PolicyDefinition, Sending } from '../../src/define/index.ts';
import { type Bare, begin, outcome, take } from './policy-steps.ts';
import { type Intent, type Recorded, SocialWorld, targetOf } from './social-world.ts';

type Order = Pick<Intent, 'type' | 'body'>;

/** A client, or a policy's removal: commands one after another. */
interface Sender {
  readonly left: readonly Order[];
  readonly underWay: {
    readonly intent: Intent;
    readonly version: number;
    readonly found: Record<string, unknown>;
  } | null;
  /** The instance that waits for the outcome; `null`: it is a client. */
  readonly tells: number | null;
}

interface Instance {
  readonly policy: PolicyDefinition;
  readonly kept: string;
  readonly inbox: readonly Bare[];
  readonly timer: Bare | null;
  readonly done: boolean;
}

/** One point of a schedule. */
export class Moment {
  readonly world: SocialWorld;
  /** What the watch wants to know later, by its own names. */
  readonly notes: Map<string, number>;
  readonly #setting: Setting;
  readonly #senders: Sender[];
  readonly #instances: Instance[];
  #clock: number;

  constructor(setting: Setting, before: Moment | null) {
    this.#setting = setting;
    this.world = before === null ? new SocialWorld() : before.world.clone();
    this.notes = new Map(before?.notes);
    this.#senders = before === null ? [] : [...before.#senders];
    this.#instances = before === null ? [] : [...before.#instances];
    this.#clock = before === null ? 0 : before.#clock;
  }

  /** How many commands the clients have begun: the time. */
  get clock(): number {
    return this.#clock;
  }

  /** The policies whose instances have not ended. */
  get waiting(): string[] {
    return this.#instances.filter(({ done }) => !done).map(({ policy }) => policy.name);
  }

  /** All that can still matter, as text. */
  toString(): string {
    const senders = this.#senders.flatMap(({ left, underWay, tells }) => {
      if (underWay === null) return left.length === 0 ? [] : [JSON.stringify([left, tells])];
      const { intent, version, found } = underWay;
      const isStale = version !== this.world.version(targetOf(intent));
      return [JSON.stringify([left, tells, intent, isStale || found])];
    });
    const instances = this.#instances.map(
      ({ kept, inbox, timer, done }) => done || [kept, inbox, timer],
    );
    const notes = [...this.notes].sort();
    return `${this.world}${JSON.stringify([senders.sort(), instances, notes])}`;
  }

  /** Begins with what happened before, all of it at rest, and the clients' commands to come. */
  begin(): void {
    for (const order of this.#setting.given) {
      this.#senders.push({ left: [order], underWay: null, tells: null });
      this.#fetch(0);
      this.#commit(0);
      this.#senders.length = 0;
    }
    while (this.world.isBehind) this.world.project();
    for (const left of this.#setting.clients) {
      this.#senders.push({ left, underWay: null, tells: null });
    }
  }

  /** Every step that can come next; each is given a moment of its own. */
  steps(): ((next: Moment) => void)[] {
    return [
      ...this.#senders.flatMap(({ left, underWay }, place) => {
        if (underWay !== null) return [(next: Moment) => next.#commit(place)];
        return left.length > 0 ? [(next: Moment) => next.#fetch(place)] : [];
      }),
      ...this.#instances.flatMap(({ kept, inbox, timer, done }, place) => {
        if (done) return [];
        if (inbox.length > 0) return [(next: Moment) => next.#takeFirst(place)];
        // One look may come before the read model is there; more would show nothing new.
        const isTooEarly = this.world.isBehind && kept.includes('"looks":1');
        return timer !== null && !isTooEarly ? [(next: Moment) => next.#fire(place)] : [];
      }),
      ...(this.world.isBehind ? [(next: Moment) => next.world.project()] : []),
    ];
  }

  #fetch(place: number): void {
    const sender = this.#senders[place];
    const [order, ...left] = sender?.left ?? [];
    if (!sender || !order) return;
    // When a removal was sent plays no part.
    const at = sender.tells === null ? ++this.#clock : 0;
    this.#read({ ...sender, left }, place, { ...order, at, commandId: `c${at}` });
  }

  #read(sender: Sender, place: number, intent: Intent): void {
    const version = this.world.version(targetOf(intent));
    const found = this.world.fetch(intent);
    this.#senders[place] = { ...sender, underWay: { intent, version, found } };
    // What changes nothing may as well be answered at once: later it would be the same, or read anew.
    if (!this.world.changes(intent, found)) this.#commit(place);
  }

  #commit(place: number): void {
    const sender = this.#senders[place];
    if (!sender?.underWay) return;
    const { intent, version, found } = sender.underWay;
    if (this.world.version(targetOf(intent)) !== version) {
      this.#read(sender, place, intent);
      return;
    }
    const before = this.world.feed.length;
    const events = this.world.commit(intent, found);
    this.#senders[place] = { ...sender, underWay: null };
    for (const recorded of this.world.feed.slice(before)) {
      this.#setting.watch(this, recorded);
      for (const policy of this.#setting.policies) {
        if (recorded.type in policy.on) this.#start(policy, recorded);
      }
    }
    if (!this.#setting.projects) while (this.world.isBehind) this.world.project();
    if (sender.tells !== null) this.#tell(sender.tells, outcome('command.accepted', events));
  }

  #start(policy: PolicyDefinition, recorded: Recorded): void {
    const place = this.#instances.length;
    this.#instances.push({ policy, kept: begin(policy), inbox: [], timer: null, done: false });
    this.#tell(place, { ...recorded });
  }

  #tell(place: number, message: Bare): void {
    const instance = this.#instances[place];
    if (!instance || instance.done) return;
    this.#instances[place] = { ...instance, inbox: [...instance.inbox, message] };
    // Where it needs no facts, nobody sees when it is taken: what it sends has its own steps.
    const { value, context } = JSON.parse(instance.kept);
    const wanted = instance.policy.facts(message, { value, context });
    if (instance.inbox.length === 0 && Object.keys(wanted).length === 0) this.#takeFirst(place);
  }

  #takeFirst(place: number): void {
    const instance = this.#instances[place];
    const [message, ...inbox] = instance?.inbox ?? [];
    if (instance && message) this.#take(place, { ...instance, inbox }, message);
  }

  #fire(place: number): void {
    const instance = this.#instances[place];
    if (instance?.timer) this.#take(place, { ...instance, timer: null }, instance.timer);
  }

  #take(place: number, instance: Instance, message: Bare): void {
    const { policy, kept } = instance;
    const step = take(policy, kept, message, (wanted) => this.world.find(wanted));
    const set = step.timers.find(({ kind }) => kind === 'set');
    const timer = set?.kind === 'set' ? { ...set.event } : instance.timer;
    this.#instances[place] = { ...instance, kept: step.kept, timer, done: step.done };
    for (const sending of step.sends) {
      const { data } = this.#setting.alter?.(sending) ?? sending;
      const order: Order = { type: 'RemoveFollower', body: { ...Object(data) } };
      this.#senders.push({ left: [order], underWay: null, tells: place });
    }
  }
}

export interface Setting {
  readonly policies: readonly PolicyDefinition[];
  /** What happened before. */
  readonly given: readonly Order[];
  /** What each client sends, one after another. */
  readonly clients: readonly (readonly Order[])[];
  /** Whether the followers' read model comes behind, or is always there. */
  readonly projects: boolean;
  /** Sees each record as it is committed. */
  readonly watch: (moment: Moment, recorded: Recorded) => void;
  /** Sees each moment at which nothing is left to do. */
  readonly atRest: (moment: Moment) => void;
  /** Has a policy send something else. */
  readonly alter?: (sending: Sending) => Sending;
}

/** Runs every schedule. @returns how many different moments there are, and how many at rest */
export function explore(setting: Setting): { moments: number; rests: number } {
  const first = new Moment(setting, null);
  first.begin();
  const seen = new Set<string>();
  const open = [first];
  let rests = 0;
  for (let moment = open.pop(); moment; moment = open.pop()) {
    const steps = moment.steps();
    if (steps.length === 0) {
      rests++;
      setting.atRest(moment);
    }
    for (const step of steps) {
      const next = new Moment(setting, moment);
      step(next);
      const text = next.toString();
      if (!seen.has(text)) open.push(next);
      seen.add(text);
    }
  }
  return { moments: seen.size, rests };
}
