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

  constructor(
    readonly ms: number,
    options: ErrorOptions,
  ) {
    super(`no answer after ${Math.round(ms)} ms`, options);
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

  /** @throws NoAnswer */
  command(url: string, type: string, body: object, headers: Headers = {}): Promise<Answer> {
    return this.#send(`${url}/v1/commands/${type}`, 'POST', body, headers);
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

  async #send(url: string, method: string, body: object | null, headers: Headers): Promise<Answer> {
    const began = performance.now();
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const type = body === null ? {} : { 'content-type': 'application/json' };
        const outgoing = request(url, {
          method,
          agent: this.#agent,
          headers: { ...type, ...headers },
        });
        outgoing.once('error', reject);
        outgoing.once('response', (response) => {
          const { statusCode: status = 0, headers: received } = response;
          text(response).then(
            (read) =>
              resolve({ status, headers: received, text: read, ms: performance.now() - began }),
            reject,
          );
        });
        outgoing.end(body === null ? undefined : JSON.stringify(body));
      });
    } catch (error) {
      throw new NoAnswer(performance.now() - began, { cause: error });
    }
  }
}
