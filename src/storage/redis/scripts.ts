import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A Lua script as Redis knows it: by the SHA-1 of its text. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** @param before files that stand before it: a script on Redis can call nothing but itself */
function load(name: string, ...before: readonly string[]): Script {
  const read = (file: string) =>
    readFileSync(new URL(`./lua/${file}.lua`, import.meta.url), 'utf8');
  const source = [...before, name].map(read).join('');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Each file's header says what it takes and gives. */
export const SCRIPTS = {
  commit: load('commit', 'turns'),
  fetch: load('fetch'),
  fenceClaim: load('fence-claim', 'turns'),
  finishAsync: load('finish-async'),
  page: load('page'),
  putAsync: load('put-async'),
  swapClaim: load('swap-claim'),
  trail: load('trail'),
} as const satisfies Record<string, Script>;
