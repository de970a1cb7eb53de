/** Whether every command was done once, and every answer told what was so. */
import type { Outcome } from '../../../src/engine/outcome.ts';
import type { History, Sent } from '../workload/history.ts';
import type { Content, Data, FeedRecord } from './content.ts';
import { canonical, type Findings } from './findings.ts';

type Decided = Exclude<Outcome, { status: 'failed' }>;

interface Answer {
  readonly sentAt: number;
  readonly at: number;
  readonly outcome: Decided;
}

/** What answers are judged by. */
export interface Told {
  readonly content: Content;
  readonly timeOf: (record: FeedRecord) => number;
  /** When an actor came to its versions, in ms by the scheduler; version 0 always was. */
  readonly reachedAt: (actor: string) => readonly number[];
  /** Whether a command had no effect to take on an actor at a version. */
  readonly hadNoEffect: (type: string, body: Data, actor: string, version: number) => boolean;
  /** The actor that a command goes to. */
  readonly actorOf: (body: Data) => string;
}

export function auditAnswers(told: Told, history: History, findings: Findings): void {
  const byId = new Map<string, FeedRecord>();
  const byTrace = new Map<string, FeedRecord[]>();
  for (const record of told.content.records) {
    const twice = byId.get(record.commandId);
    findings.check(twice === undefined, 'no command is done twice', () => aboutBoth(record, twice));
    byId.set(record.commandId, record);
    if (record.principal !== 'client') continue;
    byTrace.set(record.correlationId, [...(byTrace.get(record.correlationId) ?? []), record]);
  }
  const traces = new Set(history.map(({ traceId }) => traceId));
  for (const [trace, [record]] of byTrace) {
    findings.check(traces.has(trace), 'what is done was asked for', () => record?.commandId ?? '');
  }
  for (const sent of history) {
    const done = byTrace.get(sent.traceId) ?? [];
    findings.check(done.length <= 1, 'no command is done twice', () => aboutBoth(done[0], done[1]));
    new Judgement(told, sent, done[0] ?? null, findings).judge();
  }
  auditKeys(history, byTrace, findings);
  const keys = new Set(history.map(({ key }) => `client\n${key}`));
  for (const pointer of told.content.pointers.keys()) {
    findings.check(keys.has(pointer), 'keys are their callers’', () => pointer);
  }
  auditBatches(history, byTrace, findings);
}

/** What one client knows of one command, beside what the store has. */
class Judgement {
  readonly #answers: readonly Answer[];

  constructor(
    private readonly told: Told,
    private readonly sent: Sent,
    private readonly record: FeedRecord | null,
    private readonly findings: Findings,
  ) {
    this.#answers = answersOf(sent);
  }

  judge(): void {
    const { sent, record, findings } = this;
    const [first] = this.#answers;
    if (record) {
      this.#isWhatWasAsked(record);
      const at = this.told.timeOf(record);
      const since = sent.tries[0]?.sentAt ?? Number.NaN;
      findings.check(at >= since, 'nothing is done before it is asked for', () => this.#name());
    }
    for (const answer of this.#answers) this.#judgeAnswer(answer);
    for (const { outcome } of this.#answers.slice(1)) {
      const told = first && asTold(first.outcome);
      findings.same(asTold(outcome), told, 'every answer to a command is the same', this.#name());
    }
    const mustBeDecided = sent.key !== null && !sent.isMisuse && sent.ifMatch === null;
    const isAnswered =
      first !== undefined || sent.tries.some(({ outcome }) => isFinalFault(outcome));
    findings.check(
      isAnswered || !mustBeDecided,
      'a command under a key is answered in the end',
      () => this.#name(),
    );
    if (sent.key !== null && first) this.#isKept(first.outcome);
    if (sent.commandId !== null) this.#judgeAsync(sent.commandId);
  }

  #judgeAnswer({ sentAt, at, outcome }: Answer): void {
    const { sent, record, findings, told } = this;
    const { actor, events } = outcome;
    const name = () => this.#name();
    if (events.length > 0) {
      findings.check(record !== null, 'what was acknowledged is done', name);
      if (!record) return;
      findings.check(told.timeOf(record) <= at, 'an answer comes after its commit', name);
      const answered = events.map(({ type, data }) => ({ type, data }));
      const stored = record.events.map(({ type, data }) => ({ type, data }));
      findings.same(answered, stored, 'an answer tells what was recorded', this.#name());
      const place = `${record.partition}:${record.position}`;
      findings.same(
        [outcome.position, actor.version],
        [place, record.version],
        'an answer tells where',
        this.#name(),
      );
      this.#judgeMatch(
        events.every(({ type }) => /(Rejected|Failed)$/.test(type))
          ? record.version
          : record.version - 1,
      );
      return;
    }
    findings.check(record === null, 'a command without effect is not done', name);
    const key = `${actor.type}:${actor.id}`;
    const reached = told.reachedAt(key);
    const [from, next] = [reached[actor.version] ?? Number.NaN, reached[actor.version + 1]];
    const wasSo = from <= at && (next === undefined || next >= sentAt);
    findings.check(
      wasSo,
      'no answer is out of date',
      () => `${name()} at version ${actor.version}`,
    );
    const hadNone = told.hadNoEffect(sent.type, sent.body, key, actor.version);
    const isRight = key === told.actorOf(sent.body) && outcome.status === 'accepted' && hadNone;
    findings.check(isRight, 'what has no effect had none to take', name);
    this.#judgeMatch(actor.version);
  }

  #judgeMatch(version: number): void {
    const { ifMatch } = this.sent;
    this.findings.check(
      ifMatch === null || ifMatch === version,
      'a version that was asked for is met',
      () => `${this.#name()} was decided at ${version}, asked for ${ifMatch}`,
    );
  }

  #isWhatWasAsked({ command, actor }: FeedRecord): void {
    const { sent } = this;
    const asked = Object.entries(sent.body).every(([name, value]) => command.data[name] === value);
    const target = this.told.actorOf(sent.body);
    const isRight = asked && command.type === sent.type && actor === target;
    this.findings.check(
      isRight,
      'what is done is what was asked for',
      () => `${this.#name()}: ${JSON.stringify(command)}`,
    );
  }

  /** What was answered under a key is kept where the command went. */
  #isKept({ actor, commandId }: Decided): void {
    const replies = this.told.content.replies.get(`${actor.type}:${actor.id}`);
    this.findings.check(replies?.has(commandId) === true, 'answers to keys are kept', () =>
      this.#name(),
    );
  }

  #judgeAsync(commandId: string): void {
    const kept = this.told.content.asyncs.get(commandId);
    const result = kept?.result ?? null;
    this.findings.check(result !== null, 'what was taken to be done later is done', () =>
      this.#name(),
    );
    const [first] = this.#answers;
    if (result === null || !first) return;
    const told = asTold(JSON.parse(result) as Decided);
    this.findings.same(
      asTold(first.outcome),
      told,
      'every answer to a command is the same',
      this.#name(),
    );
  }

  #name(): string {
    const { number, type, key, body } = this.sent;
    return `command ${number} (${type} ${key ?? 'without a key'} ${JSON.stringify(body)})`;
  }
}

function answersOf({ tries }: Sent): Answer[] {
  const sentAt = tries[0]?.sentAt ?? Number.NaN;
  return tries.flatMap(({ answeredAt, outcome }) => {
    if (answeredAt === null || outcome === null || outcome === 'pending') return [];
    return outcome.status === 'failed' ? [] : [{ sentAt, at: answeredAt, outcome }];
  });
}

function isFinalFault(outcome: Outcome | 'pending' | null): boolean {
  if (outcome === null || outcome === 'pending' || outcome.status !== 'failed') return false;
  return outcome.failure.code === 'idempotency_key_reused';
}

function asTold({ replayed: _, ...outcome }: Decided) {
  return outcome;
}

/** Commands under one key have one body. */
function auditKeys(
  history: History,
  byTrace: ReadonlyMap<string, FeedRecord[]>,
  findings: Findings,
): void {
  const owners = new Map<string, Sent>();
  for (const sent of history) {
    const isDone =
      byTrace.has(sent.traceId) || answersOf(sent).length > 0 || sent.commandId !== null;
    if (sent.key === null || !isDone) continue;
    const owner = owners.get(sent.key);
    findings.check(
      owner === undefined,
      'a key is for one body',
      () => `${sent.key}: commands ${owner?.number} and ${sent.number}`,
    );
    owners.set(sent.key, sent);
  }
}

/** Commands handed over together are done in their order, where each was answered at once. */
function auditBatches(
  history: History,
  byTrace: ReadonlyMap<string, FeedRecord[]>,
  findings: Findings,
): void {
  const last = new Map<number, number>();
  for (const sent of history) {
    const [record] = byTrace.get(sent.traceId) ?? [];
    const [first] = sent.tries;
    const isAnswered =
      typeof first?.outcome === 'object' &&
      first.outcome !== null &&
      first.outcome.status !== 'failed';
    if (sent.batch === null || !record || !isAnswered) continue;
    const before = last.get(sent.batch) ?? 0;
    findings.check(
      record.position > before,
      'a batch keeps its order',
      () => `command ${sent.number}`,
    );
    last.set(sent.batch, record.position);
  }
}

function aboutBoth(one: FeedRecord | undefined, other: FeedRecord | undefined): string {
  return [one, other]
    .map(
      (record) =>
        record &&
        `${record.partition}:${record.position} ${canonical(record.command)} as ${record.commandId}`,
    )
    .join(' and ');
}
