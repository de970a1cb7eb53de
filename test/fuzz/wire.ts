import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  /** By lower-case name; of those given twice, joined. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** `false`: the connection ended before it did. */
  readonly isWhole: boolean;
}

/** The bytes are no HTTP answer. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes up to the body. */
  readonly length: number;
}

/** `null`: not all of it is there. @throws BadAnswer */
function readHead(bytes: Buffer): Head | null {
  const end = bytes.indexOf(HEAD_END);
  if (end === -1) return null;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3}) [ -~]*$/.exec(first)?.[1];
  if (status === undefined) throw new BadAnswer(`no status line: ${first.slice(0, 100)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~\dA-Za-z]+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new BadAnswer(`no header: ${line}`);
    const known = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
  }
  return { status: Number(status), headers, length: end + HEAD_END.length };
}

/** A body in chunks. `null`: not all of it is there. @throws BadAnswer */
function readChunks(bytes: Buffer, from: number): { body: Buffer; end: number } | null {
  const chunks: Buffer[] = [];
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at);
    if (lineEnd === -1) return null;
    const size = bytes.toString('latin1', at, lineEnd);
    if (!/^[\da-f]+$/i.test(size)) throw new BadAnswer(`no chunk size: ${size.slice(0, 40)}`);
    const start = lineEnd + LINE_END.length;
    const end = start + Number.parseInt(size, 16);
    if (bytes.length < end + LINE_END.length) return null;
    if (end === start) return { body: Buffer.concat(chunks), end: end + LINE_END.length };
    chunks.push(bytes.subarray(start, end));
    at = end + LINE_END.length;
  }
}

/** Of a request that nobody can tell: what looks like the next answer is not taken for a body. */
export const UNKNOWN_METHOD = '?';

/** Reads answers from the bytes of a connection. */
class AnswerReader {
  #bytes = Buffer.alloc(0);
  #parts: Buffer[] = [];

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
  }

  /**
   * The next answer; `null` while not all of it is there. Interim answers are passed over.
   * @param method of the request: the answer to `HEAD` has no body
   * @throws BadAnswer
   */
  next(method: string, isEnded = false): Answer | null {
    if (this.#parts.length > 0)
      this.#bytes = Buffer.concat([this.#bytes, ...this.#parts.splice(0)]);
    const head = readHead(this.#bytes);
    if (head === null) return null;
    if (head.status < 200) {
      this.#bytes = this.#bytes.subarray(head.length);
      return this.next(method, isEnded);
    }
    const { status, headers, length } = head;
    const found = this.#body(method, head);
    if (found !== null) {
      this.#bytes = this.#bytes.subarray(found.end);
      return { status, headers, body: found.body, isWhole: true };
    }
    const byLength = headers.has('content-length') || headers.has('transfer-encoding');
    if (!isEnded) return null;
    const body = this.#bytes.subarray(length);
    this.#bytes = Buffer.alloc(0);
    return { status, headers, body, isWhole: !byLength };
  }

  /** What of an answer is there whose end may never come. */
  begun(): Omit<Answer, 'isWhole'> | null {
    const head = readHead(Buffer.concat([this.#bytes, ...this.#parts]));
    return head && { ...head, body: Buffer.alloc(0) };
  }

  /** Whether anything came that was not taken. */
  get hasMore(): boolean {
    return this.#bytes.length > 0 || this.#parts.length > 0;
  }

  #body(method: string, { status, headers, length }: Head): { body: Buffer; end: number } | null {
    const hasNone =
      method === 'HEAD' ||
      (method === UNKNOWN_METHOD && this.#bytes.indexOf('HTTP/1.', length) === length);
    if (hasNone || status === 204 || status === 304) {
      return { body: Buffer.alloc(0), end: length };
    }
    if (headers.get('transfer-encoding') === 'chunked') return readChunks(this.#bytes, length);
    const declared = headers.get('content-length');
    if (declared === undefined) return null;
    const end = length + Number(declared);
    return this.#bytes.length < end ? null : { body: this.#bytes.subarray(length, end), end };
  }
}

/** A connection to the server, used from one request to the next as long as it stays open. */
export class Connection {
  readonly reader = new AnswerReader();
  readonly #socket: Socket;
  #isEnded = false;
  #error: Error | null = null;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    const wake = () => {
      this.#wake?.();
    };
    socket.on('data', (chunk) => {
      this.reader.push(chunk);
      wake();
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#isEnded = true;
        wake();
      });
    }
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** Whether the server has ended it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  get error(): Error | null {
    return this.#error;
  }

  write(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Cuts it. */
  cut(): void {
    this.#socket.destroy();
  }

  /** Says that nothing more will come. */
  end(): void {
    this.#socket.end();
  }

  /** Resolves when something came, or after so long. Whether something came. */
  change(withinMs: number): Promise<boolean> {
    if (this.#isEnded) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#wake = null;
        resolve(false);
      }, withinMs);
      this.#wake = () => {
        this.#wake = null;
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  /** The answer to a request of this method; `null` where none came in time or before the end. */
  async answer(method: string, withinMs: number): Promise<Answer | null> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const answer = this.reader.next(method, this.#isEnded);
      if (answer !== null || this.#isEnded) return answer;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || !(await this.change(leftMs))) return null;
    }
  }
}
