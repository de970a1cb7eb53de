import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A Lua script as Redis knows it: by the SHA-1 of its text. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

function load(name: string): Script {
  const source = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/** Each file's header says what it takes and gives. */
export const SCRIPTS = {
  commit: load('commit'),
  fetch: load('fetch'),
  fenceClaim: load('fence-claim'),
  finishAsync: load('finish-async'),
  page: load('page'),
  putAsync: load('put-async'),
  swapClaim: load('swap-claim'),
  trail: load('trail'),
} as const satisfies Record<string, Script>;
