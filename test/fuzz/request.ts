/** One HTTP request, as it is written. */
export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
  /** How the body's end is told. */
  readonly framing: 'length' | 'chunked';
}

/** The request as bytes; header values are Latin-1, as node reads them. */
export function bytesOf(request: FuzzRequest): Buffer {
  const { method, target, version, headers, body, framing } = request;
  const lines = [`${method} ${target} HTTP/${version}`];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  if (body === null) return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  lines.push(
    framing === 'length' ? `Content-Length: ${body.length}` : 'Transfer-Encoding: chunked',
  );
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, framing === 'length' ? body : chunked(body)]);
}

const CHUNK = 1_000;

function chunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += CHUNK) {
    const chunk = body.subarray(at, at + CHUNK);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

const SHOWN_BYTES = 3_000;

/** A shell line that sends these bytes again. */
export function repeatLine(port: number, pieces: readonly Buffer[]): string {
  const bytes = Buffer.concat(pieces);
  const hex = bytes.subarray(0, SHOWN_BYTES).toString('hex');
  const more = bytes.length > SHOWN_BYTES ? `, and ${bytes.length - SHOWN_BYTES} bytes more` : '';
  return `echo ${hex} | xxd -r -p | nc -q 2 127.0.0.1 ${port}${more}`;
}

/** The same as a curl line, where a request can be written so. */
export function curlLine(url: string, { method, target, headers, body }: FuzzRequest): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = ['curl -i --path-as-is -X', method, quoted(url + target)];
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'host') parts.push('-H', quoted(`${name}: ${value}`));
  }
  if (body !== null)
    parts.push(
      '--data-binary',
      `@<(echo ${body.toString('base64').slice(0, SHOWN_BYTES)} | base64 -d)`,
    );
  return parts.join(' ');
}
