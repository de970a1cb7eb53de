import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** From the sending to the last byte. */
  readonly ms: number;
}

/** No answer came, or not all of it. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  /**
   * @param isFirst whether it was the first request of its connection: then it may be that no
   * server ever took the connection
   */
  constructor(
    readonly isFirst: boolean,
    cause: Error,
  ) {
    super(`no answer to the ${isFirst ? 'first' : 'next'} request of a connection: ${cause}`, {
      cause,
    });
  }

  /** Nobody listened, so that nothing was sent. */
  get wasRefused(): boolean {
    const { cause } = this;
    return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
  }
}

type Headers = Readonly<Record<string, string>>;

/** A client that keeps connections, sends everything once, and repeats nothing by itself. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #patienceMs: number | null;

  /** @param patienceMs after which a command without an answer is given up; without it, never */
  constructor(patienceMs: number | null = null) {
    this.#patienceMs = patienceMs;
  }

  /** @throws NoAnswer */
  command(url: string, type: string, body: object, headers: Headers = {}): Promise<Answer> {
    return this.#send(`${url}/v1/commands/${type}`, 'POST', body, headers, this.#patienceMs);
  }

  /** @throws NoAnswer */
  batch(url: string, commands: readonly object[]): Promise<Answer> {
    return this.#send(`${url}/v1/commands`, 'POST', { commands }, {});
  }

  /** @throws NoAnswer */
  get(url: string): Promise<Answer> {
    return this.#send(url, 'GET', null, {});
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(
    url: string,
    method: string,
    body: object | null,
    headers: Headers,
    patienceMs: number | null = null,
  ): Promise<Answer> {
    const began = performance.now();
    const type = body === null ? {} : { 'content-type': 'application/json' };
    const signal = patienceMs === null ? {} : { signal: AbortSignal.timeout(patienceMs) };
    const options = { method, agent: this.#agent, headers: { ...type, ...headers }, ...signal };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, options);
      const fail = (error: Error) => reject(new NoAnswer(!outgoing.reusedSocket, error));
      outgoing.once('error', fail);
      outgoing.once('response', (response) => {
        const { statusCode: status = 0, headers: received } = response;
        text(response).then(
          (read) =>
            resolve({ status, headers: received, text: read, ms: performance.now() - began }),
          fail,
        );
      });
      outgoing.end(body === null ? undefined : JSON.stringify(body));
    });
  }
}
