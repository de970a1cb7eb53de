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
  actors: load('actors'),
  beat: load('beat', 'clock'),
  checkpoint: load('checkpoint', 'feed'),
  clear: load('clear', 'rank'),
  commit: load('commit', 'feed', 'turns', 'entries', 'wake'),
  fetch: load('fetch'),
  fenceClaim: load('fence-claim', 'feed', 'turns'),
  finishAsync: load('finish-async'),
  head: load('head', 'feed'),
  leave: load('leave', 'wake'),
  mark: load('mark'),
  owners: load('owners', 'server'),
  page: load('page', 'order'),
  post: load('post', 'clock', 'rows', 'wake'),
  putAsync: load('put-async'),
  rest: load('rest', 'clock', 'feed'),
  rewind: load('rewind'),
  scan: load('scan', 'clock', 'order'),
  step: load('step', 'clock', 'feed', 'rows'),
  subscribe: load('subscribe', 'feed'),
  survey: load('survey', 'clock', 'feed'),
  swapClaim: load('swap-claim'),
  swapLease: load('swap-lease', 'wake'),
  server: load('which-server', 'server'),
  trail: load('trail', 'feed'),
  transfer: load('transfer', 'clock', 'rows', 'entries', 'rank', 'wake'),
  trim: load('trim', 'feed'),
  unsubscribe: load('unsubscribe'),
} as const satisfies Record<string, Script>;
