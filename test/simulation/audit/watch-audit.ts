/** Whether a run of the watched doors kept every rule. */
import { groupOf, OPEN_MS_MAX } from '../apps/watch.ts';
import type { Rung } from '../scenarios/bell.ts';
import { auditAnswers } from './answers.ts';
import { auditChain } from './chain.ts';
import { Content, type Data, type FeedRecord } from './content.ts';
import type { Evidence } from './evidence.ts';
import { Findings } from './findings.ts';
import { auditFeeds, auditStructures } from './structures.ts';

/** The store's clock counts whole milliseconds. */
const TICK_MS = 1;

/** From one opening of a door to its closing. */
interface Episode {
  readonly door: string;
  readonly episode: number;
  /** When it was opened, and then touched. In ms by the scheduler. */
  readonly signsAt: number[];
  isClosed: boolean;
  readonly sounded: { readonly at: number; readonly touches: number }[];
  readonly receipts: string[];
  counted: number;
}

interface Door {
  version: number;
  episode: number;
  isOpen: boolean;
  readonly reachedAt: number[];
  readonly wasOpen: boolean[];
}

/** @returns every rule that does not hold */
export function auditWatch(evidence: Evidence, rung: readonly Rung[]): string[] {
  const findings = new Findings();
  const content = new Content(evidence.dump);
  const timeOf = (record: FeedRecord) => evidence.writtenAt.get(record.key) ?? Number.NaN;
  const fold = new Fold(content, timeOf, findings);
  auditFeeds(content, evidence.partitions, findings);
  auditChain(content, findings);
  auditAnswers({ content, timeOf, ...fold.told() }, evidence.history, findings);
  for (const episode of fold.episodes.values()) auditEpisode(episode, rung, findings);
  auditStructures(content, evidence, findings);
  return findings.all;
}

/** The doors as their records tell of them. */
class Fold {
  readonly episodes = new Map<string, Episode>();
  readonly #doors = new Map<string, Door>();
  readonly #lastCounted = new Map<string, number>();

  constructor(
    content: Content,
    private readonly timeOf: (record: FeedRecord) => number,
    private readonly findings: Findings,
  ) {
    // What is counted is counted of episodes that other feeds tell of.
    const later = content.records.filter(({ actor }) => actor.startsWith('count:'));
    const doors = content.records.filter(({ actor }) => actor.startsWith('door:'));
    for (const record of [...doors, ...later]) this.#take(record);
  }

  told() {
    return {
      reachedAt: (actor: string) => this.#doors.get(actor)?.reachedAt ?? [Number.NEGATIVE_INFINITY],
      hadNoEffect: (type: string, _: Data, actor: string, version: number) => {
        const isOpen = this.#doors.get(actor)?.wasOpen[version] ?? false;
        return type === 'Open' ? isOpen : !isOpen;
      },
      actorOf: (body: Data) => `door:${String(body.door)}`,
    };
  }

  #take(record: FeedRecord): void {
    const { actor, events, principal } = record;
    const [event] = events;
    const at = this.timeOf(record);
    if (!event) {
      this.findings.say('decisions follow the rules', `${actor} has no event`);
      return;
    }
    const { type, data } = event;
    const isPolicys = type === 'Sounded' || type === 'Noted' || type === 'Counted';
    const isRight =
      principal === (isPolicys ? `policy/${type === 'Counted' ? 'counting' : 'alarm'}` : 'client');
    this.findings.check(
      isRight,
      'policies do nothing without a cause',
      () => `${principal}: ${type}`,
    );
    if (type === 'Counted') this.#count(data);
    else this.#takeDoors(actor, type, data, at);
  }

  #takeDoors(actor: string, type: string, data: Data, at: number): void {
    const isPolicys = type === 'Sounded' || type === 'Noted';
    const door = this.#doorOf(actor);
    const was = door.isOpen;
    if (type === 'Opened') {
      door.episode += 1;
      door.isOpen = true;
      const name = { door: String(data.door), episode: door.episode };
      const nothing = { signsAt: [at], isClosed: false, sounded: [], receipts: [], counted: 0 };
      this.episodes.set(keyOf(name), { ...name, ...nothing });
    }
    const episode = this.episodes.get(keyOf(data));
    const isSo =
      episode !== undefined &&
      (isPolicys || (data.episode === door.episode && was !== (type === 'Opened')));
    this.findings.check(
      isSo,
      'decisions follow the rules',
      () => `${type} ${JSON.stringify(data)}`,
    );
    if (type === 'Touched') episode?.signsAt.push(at);
    if (type === 'Closed') {
      door.isOpen = false;
      if (episode) episode.isClosed = true;
    }
    if (type === 'Sounded') episode?.sounded.push({ at, touches: Number(data.touches) });
    if (type === 'Noted') episode?.receipts.push(String(data.receipt));
    door.version += 1;
    door.reachedAt[door.version] = at;
    door.wasOpen[door.version] = door.isOpen;
  }

  #count(data: Data): void {
    const episode = this.episodes.get(keyOf(data));
    const isRight = episode !== undefined && data.group === groupOf(episode.door);
    this.findings.check(isRight, 'policies do nothing without a cause', () => JSON.stringify(data));
    if (!episode) return;
    episode.counted += 1;
    const last = this.#lastCounted.get(episode.door) ?? 0;
    this.findings.check(
      episode.episode > last,
      'events of one actor are taken in order',
      () => `${keyOf(data)} is counted after ${last}`,
    );
    this.#lastCounted.set(episode.door, episode.episode);
  }

  #doorOf(actor: string): Door {
    const door = this.#doors.get(actor) ?? {
      version: 0,
      episode: 0,
      isOpen: false,
      reachedAt: [Number.NEGATIVE_INFINITY],
      wasOpen: [false],
    };
    this.#doors.set(actor, door);
    return door;
  }
}

function keyOf({ door, episode }: { readonly door?: unknown; readonly episode?: unknown }): string {
  return `${String(door)} ${String(episode)}`;
}

function auditEpisode(episode: Episode, rung: readonly Rung[], findings: Findings): void {
  const { door, episode: number, signsAt, isClosed, sounded, receipts, counted } = episode;
  const name = () => `${door}, episode ${number}`;
  findings.check(
    counted === 1,
    'events from elsewhere are taken once',
    () => `${name()} is counted ${counted} times`,
  );
  findings.check(
    sounded.length <= 1,
    'a timer fires once',
    () => `${name()} is sounded ${sounded.length} times`,
  );
  findings.check(isClosed || sounded.length === 1, 'a timer fires', name);
  for (const { at, touches } of sounded) {
    const since = signsAt[touches] ?? Number.NaN;
    findings.check(
      at + TICK_MS >= since + OPEN_MS_MAX,
      'no timer fires early, or for what is over',
      () => `${name()} is sounded at ${at}, ${at - since} ms after touch ${touches}`,
    );
  }
  findings.check(
    receipts.length <= 1,
    'an effect ends once',
    () => `${name()}: ${receipts.join()}`,
  );
  findings.check(isClosed || receipts.length === 1, 'an effect ends', name);
  const asked = rung.filter((each) => each.door === door && each.episode === number);
  const keys = new Set(asked.map(({ key }) => key));
  findings.check(keys.size <= 1, 'an effect has one key', () => `${name()}: ${[...keys].join()}`);
  for (const receipt of receipts) {
    const isRight = receipt === 'none' || keys.has(receipt.slice('receipt '.length));
    findings.check(
      isRight && sounded.length > 0,
      'an effect ends as it does',
      () => `${name()}: ${receipt}`,
    );
  }
}
