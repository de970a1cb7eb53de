const TOKEN = "[!#$%&'*+\\-.^_`|~\\dA-Za-z]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
// No run of blanks can be split between two parts: a header cannot make the match slow.
const PAIR = `(${TOKEN})(?:[ \\t]*=[ \\t]*(${TOKEN}|${QUOTED}))?`;
const PARAMETERS = `(?:[ \\t]*;(?:[ \\t]*${PAIR})?)*`;
const PREFERENCE = new RegExp(`[ \\t]*(?:${PAIR}${PARAMETERS}[ \\t]*)?(?:,|$)`, 'y');

/**
 * Parses a `Prefer` header (RFC 7240): preferences by lower-case name, with their value, empty
 * where they have none. Of a repeated preference the first counts, parameters are left out.
 * `null` when it is malformed.
 */
export function parsePrefer(header: string): ReadonlyMap<string, string> | null {
  const preferences = new Map<string, string>();
  let index = 0;
  while (index < header.length) {
    PREFERENCE.lastIndex = index;
    const match = PREFERENCE.exec(header);
    if (!match) return null;
    const name = match[1]?.toLowerCase();
    if (name !== undefined && !preferences.has(name)) {
      preferences.set(name, unquoted(match[2] ?? ''));
    }
    index = PREFERENCE.lastIndex;
  }
  return preferences;
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
