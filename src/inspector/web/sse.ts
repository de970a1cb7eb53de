/** One part of a stream of server-sent events: `data` is empty where it brings none. */
export interface StreamPart {
  readonly id: string | null;
  readonly data: string;
}

/** Cuts a stream of server-sent events into its parts, however its bytes come. */
export class StreamParser {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** The parts that are whole by now. */
  push(bytes: Uint8Array): readonly StreamPart[] {
    const pieces = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n\n');
    this.#rest = pieces.pop() ?? '';
    return pieces.map(partOf);
  }
}

function partOf(piece: string): StreamPart {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of piece.split('\n')) {
    if (line.startsWith('id: ')) id = line.slice(4);
    else if (line.startsWith('data: ')) data.push(line.slice(6));
  }
  return { id, data: data.join('\n') };
}
