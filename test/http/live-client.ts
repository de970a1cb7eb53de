import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { z } from 'zod';

/** One part of a stream of server-sent events: an event, or a comment. */
export interface Part {
  readonly comment: string | null;
  readonly event: string | null;
  readonly id: string | null;
  /** Its data as JSON; `null` without. */
  readonly data: z.infer<typeof eventSchema> | null;
}

const eventSchema = z.looseObject({ id: z.string(), type: z.string(), data: z.looseObject({}) });

/** A client of the live feed that reads when it is told to. */
export class LiveClient {
  readonly response: IncomingMessage;
  readonly parts: Part[] = [];
  isEnded = false;
  readonly #request: ClientRequest;
  #rest = '';

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#request = sent;
    this.response = response;
    response.setEncoding('utf8');
    response.on('error', () => {});
    response.on('close', () => {
      this.isEnded = true;
    });
  }

  /** Connects, and reads nothing of the body yet. */
  static async connect(url: string, headers: Record<string, string> = {}): Promise<LiveClient> {
    const sent = request(url, { headers, agent: false });
    sent.end();
    const [response]: IncomingMessage[] = await once(sent, 'response');
    sent.on('error', () => {});
    if (!response) throw new Error('no response');
    return new LiveClient(sent, response);
  }

  /** Connects and reads on; resolves once the first part has come. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<LiveClient> {
    const client = await LiveClient.connect(url, headers);
    if (client.response.statusCode !== 200) throw new Error(`${client.response.statusCode}`);
    client.read();
    while (client.parts.length === 0) await once(client.response, 'data');
    return client;
  }

  /** Reads all that comes from now on. */
  read(): void {
    this.response.on('data', (text: string) => {
      const pieces = (this.#rest + text).split('\n\n');
      this.#rest = pieces.pop() ?? '';
      for (const piece of pieces) this.parts.push(partOf(piece));
    });
  }

  /** The events that came. */
  get events() {
    return this.parts.flatMap(({ data }) => (data ? [data] : []));
  }

  /** What the browser would send when it connects again. */
  get lastId(): string {
    return this.parts.findLast(({ id }) => id !== null)?.id ?? '';
  }

  /** Goes away. */
  leave(): void {
    this.#request.destroy();
  }
}

function partOf(text: string): Part {
  const part: { -readonly [K in keyof Part]: Part[K] } = {
    comment: null,
    event: null,
    id: null,
    data: null,
  };
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^(\w*): ?(.*)$/.exec(line) ?? [];
    if (name === '') part.comment = value;
    else if (name === 'event' || name === 'id') part[name] = value;
    else if (name === 'data') part.data = eventSchema.parse(JSON.parse(value));
    else throw new Error(`a line of no stream of events: ${line}`);
  }
  return part;
}
