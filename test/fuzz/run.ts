import { setTimeout as pause } from 'node:timers/promises';
import type { Expected, Shot } from './aim.ts';
import { Builder } from './build.ts';
import { readContract } from './contract.ts';
import { Draw } from './draw.ts';
import { Learned } from './learned.ts';
import { Oracle, parse } from './oracle.ts';
import { rawBytes } from './raw.ts';
import { bytesOf, curlLine, repeatLine } from './request.ts';
import type { Subject } from './subject.ts';
import { ACCOUNTS } from './targets.ts';
import { type Answer, BadAnswer, Connection, UNKNOWN_METHOD } from './wire.ts';

const LANES = 48;
const ANSWER_WITHIN_MS = 20_000;
/** Nothing more is expected after so long where nobody knows what is to come. */
const QUIET_MS = 60;
const FAULTS_MAX = 20;

const KINDS = {
  one: 70,
  pipelined: 3,
  trickled: 2,
  elsewhere: 4,
  inspector: 6,
  aborted: 5,
  raw: 12,
  'raw behind a request': 2,
  normal: 2,
} as const;

/** A request that was not answered as it should be. */
export interface Fault {
  readonly kind: string;
  readonly reason: string;
  /** How to send it again. */
  readonly repeat: string;
  readonly answer: string;
}

export interface Report {
  requests: number;
  readonly byStatus: Map<string, number>;
  readonly byKind: Map<string, number>;
  readonly byRoute: Map<string, number>;
  readonly faults: Fault[];
}

/** Throws requests at a server and judges what comes back. */
export class Fuzz {
  readonly report: Report = {
    requests: 0,
    byStatus: new Map(),
    byKind: new Map(),
    byRoute: new Map(),
    faults: [],
  };
  readonly #subject: Subject;
  readonly #draw: Draw;
  readonly #builder: Builder;
  readonly #oracle: Oracle;
  readonly #learned = new Learned();

  private constructor(
    subject: Subject,
    contract: Awaited<ReturnType<typeof readContract>>,
    seed: number,
  ) {
    this.#subject = subject;
    this.#draw = new Draw(seed);
    this.#oracle = new Oracle(contract);
    this.#builder = new Builder(contract, this.#draw, subject.target, this.#learned);
  }

  static async begin(subject: Subject, seed: number): Promise<Fuzz> {
    const fuzz = new Fuzz(subject, await readContract(subject.url), seed);
    await fuzz.#registerAll();
    return fuzz;
  }

  /** Sends so many requests more, and resolves when all have their answer. */
  async run(count: number): Promise<void> {
    const end = this.report.requests + count;
    const lane = async () => {
      const lane = new Lane(this.#subject.target.port);
      while (this.report.requests < end && this.report.faults.length < FAULTS_MAX) {
        await this.#next(lane);
      }
      lane.leave();
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  async #next(lane: Lane): Promise<void> {
    const draw = this.#draw;
    const kind = draw.weighted(KINDS);
    switch (kind) {
      case 'one':
        return this.#shoot(lane, kind, [this.#builder.any()]);
      case 'normal':
        return this.#shoot(lane, kind, [this.#builder.normal()]);
      case 'elsewhere':
        return this.#shoot(lane, kind, [this.#builder.elsewhere()]);
      case 'inspector':
        return this.#shoot(lane, kind, [this.#builder.inspector()]);
      case 'pipelined': {
        const shots = Array.from({ length: draw.between(2, 6) }, () => this.#builder.any());
        return this.#shoot(lane, kind, shots.filter(isPipelined));
      }
      case 'trickled':
        return this.#shoot(lane, kind, [this.#builder.any()], draw.between(3, 25));
      case 'aborted':
        return this.#abort(kind);
      case 'raw':
        return this.#raw(
          kind,
          rawBytes(draw, () => bytesOf(this.#builder.any().request)),
          [],
        );
      case 'raw behind a request': {
        const before = this.#builder.normal();
        const bytes = rawBytes(draw, () => bytesOf(this.#builder.any().request));
        return this.#raw(kind, Buffer.concat([bytesOf(before.request), bytes]), [before]);
      }
    }
  }

  /** Sends whole requests and expects an answer to each. */
  async #shoot(lane: Lane, kind: string, shots: readonly Shot[], pieces = 1): Promise<void> {
    this.#count(kind, shots);
    const bytes = Buffer.concat(shots.map(({ request }) => bytesOf(request)));
    const connection = await lane.connection();
    await writePieces(connection, bytes, pieces);
    for (const { request, expected } of shots) {
      const answer = await this.#answer(connection, expected);
      const note = (reason: string) => {
        const repeat = `${curlLine(this.#subject.url, request)}\n${repeatLine(this.#subject.target.port, [bytes])}`;
        this.#fault(kind, reason, repeat, answer);
      };
      if (typeof answer === 'string') {
        note(answer);
        lane.leave();
        return;
      }
      this.#tally(answer.status);
      const fault = this.#oracle.judge(answer, expected);
      if (fault !== null) note(fault);
      if (answer.headers.get('content-type')?.includes('json')) {
        this.#learned.learn(parse(answer.body.toString('utf8')));
      }
      if (!mayGoOn(answer) || request.version === '1.0') {
        // What was sent behind a request that ends its connection is not answered.
        lane.leave();
        return;
      }
    }
    if (connection.reader.hasMore) {
      this.#fault(
        kind,
        'more came than was asked for',
        repeatLine(this.#subject.target.port, [bytes]),
        '',
      );
      lane.leave();
    }
  }

  /** The answer; of a stream of events, that it began. A text: why there is none. */
  async #answer(connection: Connection, { method, operation }: Expected): Promise<Answer | string> {
    const isStream = operation?.answers.get(200)?.has('text/event-stream') && method === 'GET';
    const deadline = performance.now() + ANSWER_WITHIN_MS;
    try {
      while (isStream && !connection.isEnded && performance.now() < deadline) {
        const begun = connection.reader.begun();
        if (begun?.headers.get('content-type') === 'text/event-stream')
          return { ...begun, isWhole: true };
        if (begun) break;
        await connection.change(100);
      }
      const answer = await connection.answer(method, ANSWER_WITHIN_MS);
      if (answer !== null) return answer;
      return connection.isEnded
        ? `the connection ended without answer ${connection.error ?? ''}`
        : 'no answer in time';
    } catch (error) {
      if (error instanceof BadAnswer) return error.message;
      throw error;
    }
  }

  /** Sends a request, or some of it, and is gone. */
  async #abort(kind: string): Promise<void> {
    const draw = this.#draw;
    const shot = this.#builder.any();
    this.#count(kind, [shot]);
    const bytes = bytesOf(shot.request);
    const connection = await Connection.open(this.#subject.target.port);
    connection.write(draw.chance(0.5) ? bytes : bytes.subarray(0, draw.below(bytes.length)));
    if (draw.chance(0.7)) await pause(draw.below(8));
    if (draw.chance(0.3)) connection.end();
    else connection.cut();
    if (draw.chance(0.3)) await pause(draw.below(20));
    connection.cut();
  }

  /** Sends bytes on a connection of their own, and judges whatever answers come. */
  async #raw(kind: string, bytes: Buffer, before: readonly Shot[]): Promise<void> {
    this.#count(kind, before);
    const connection = await Connection.open(this.#subject.target.port);
    connection.write(bytes);
    const awaited = before.map(({ expected }) => expected);
    const repeat = () => repeatLine(this.#subject.target.port, [bytes]);
    try {
      for (;;) {
        const [expected = null] = awaited;
        const answer = connection.reader.next(
          expected?.method ?? UNKNOWN_METHOD,
          connection.isEnded,
        );
        if (answer === null) {
          if (connection.isEnded || !(await connection.change(QUIET_MS))) break;
          continue;
        }
        if (!answer.isWhole) break;
        this.#tally(answer.status);
        awaited.shift();
        const fault = expected
          ? this.#oracle.judge(answer, expected)
          : this.#oracle.judgeAny(answer, answer.body.length === 0 && bytes.includes('HEAD'));
        if (fault !== null) this.#fault(kind, fault, repeat(), answer);
      }
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error;
      if (!bytes.includes('HEAD')) this.#fault(kind, error.message, repeat(), '');
    }
    connection.cut();
  }

  /** Accounts that most of what follows speaks of. */
  async #registerAll(): Promise<void> {
    const { url, target } = this.#subject;
    const [token] = target.goodTokens;
    const commands = ACCOUNTS.map((accountId) => ({
      type: 'RegisterAccount',
      data: { accountId, email: `${accountId}@example.org`, username: accountId },
    }));
    const answer = await fetch(`${url}/v1/commands`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ commands }),
    });
    if (answer.status !== 200) throw new Error(await answer.text());
  }

  #count(kind: string, shots: readonly Shot[]): void {
    const { report } = this;
    report.requests += Math.max(1, shots.length);
    add(report.byKind, kind, Math.max(1, shots.length));
    for (const { expected } of shots) add(report.byRoute, expected.operation?.id ?? 'elsewhere', 1);
  }

  #tally(status: number): void {
    add(this.report.byStatus, String(status), 1);
  }

  #fault(kind: string, reason: string, repeat: string, answer: Answer | string): void {
    const shown =
      typeof answer === 'string'
        ? answer
        : `${answer.status} ${answer.body.toString('utf8').slice(0, 800)}`;
    this.report.faults.push({ kind, reason, repeat, answer: shown });
  }
}

/** One client: a connection, and another one where that has ended. */
class Lane {
  readonly #port: number;
  #connection: Connection | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  async connection(): Promise<Connection> {
    if (this.#connection?.isEnded) this.leave();
    this.#connection ??= await Connection.open(this.#port);
    return this.#connection;
  }

  leave(): void {
    this.#connection?.cut();
    this.#connection = null;
  }
}

async function writePieces(connection: Connection, bytes: Buffer, pieces: number): Promise<void> {
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += size) {
    connection.write(bytes.subarray(at, at + size));
    if (at + size < bytes.length) await pause(1);
  }
}

/** Whether the connection can be used further. */
function mayGoOn({ headers }: Answer): boolean {
  const connection = headers.get('connection')?.toLowerCase();
  return connection !== 'close' && headers.get('content-type') !== 'text/event-stream';
}

/** A stream of events has no end behind which another answer could come. */
function isPipelined({ request, expected }: Shot): boolean {
  const isStream = expected.operation?.answers.get(200)?.has('text/event-stream') ?? false;
  return !isStream && request.version === '1.1';
}

function add(counts: Map<string, number>, key: string, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}
