/**
 * A command as a line for a shell. Never with the token: a variable stands in its place.
 * @param server its origin
 */
export function curlOf(server: string, type: string, data: unknown, needsToken: boolean): string {
  return [
    `curl -X POST ${quoted(`${server}/v1/commands/${encodeURIComponent(type)}`)}`,
    `-H 'content-type: application/json'`,
    ...(needsToken ? ['-H "authorization: Bearer $EVERSTATE_TOKEN"'] : []),
    `--data-raw ${quoted(JSON.stringify(data) ?? 'null')}`,
  ].join(' \\\n  ');
}

/** As one word of any POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
