/** A primary and its replica, in a cluster or not. */
import type { RedisServer } from './redis.ts';

const WITHIN_MS = 60_000;
const LOOK_MS = 20;
const OFFSET = /master_repl_offset:(\d+)/;

/** Resolves once a node is a replica that hears of all that its primary does. */
export function inStep(replica: RedisServer): Promise<void> {
  return says(replica, ['INFO', 'replication'], (info) => {
    return info.includes('role:slave') && info.includes('master_link_status:up');
  });
}

/** Resolves once a replica of a primary at rest has confirmed all that it did. */
export function confirmed(primary: RedisServer): Promise<void> {
  return says(primary, ['INFO', 'replication'], (info) => {
    const [, offset] = /state=online,offset=(\d+)/.exec(info) ?? [];
    return offset !== undefined && offset === OFFSET.exec(info)?.[1];
  });
}

/** Cuts the link of a replica to its primary, and keeps it from making another. */
export async function sever(replica: RedisServer, primary: RedisServer): Promise<void> {
  // The primary has no password, and turns away who gives one.
  await ok(replica.command('CONFIG', 'SET', 'masterauth', 'unwelcome'));
  await primary.command('CLIENT', 'KILL', 'TYPE', 'replica');
  await says(replica, ['INFO', 'replication'], (info) => info.includes('master_link_status:down'));
}

/** Resolves once a primary did so much, in bytes, that a severed replica has not heard of. */
export async function ahead(
  primary: RedisServer,
  replica: RedisServer,
  bytes: number,
): Promise<void> {
  const [, heard] = OFFSET.exec(await replica.command('INFO', 'replication')) ?? [];
  await says(primary, ['INFO', 'replication'], (info) => {
    return Number(OFFSET.exec(info)?.[1]) >= Number(heard) + bytes;
  });
}

/** Makes a replica a primary, outside a cluster. */
export async function promote(replica: RedisServer): Promise<void> {
  await ok(replica.command('REPLICAOF', 'NO', 'ONE'));
  await ok(replica.command('CONFIG', 'SET', 'masterauth', ''));
}

export async function ok(replying: Promise<string>): Promise<void> {
  const reply = await replying;
  if (!reply.startsWith('+OK')) throw new Error(reply);
}

/** Asks a node until it answers as expected. */
export async function says(
  node: RedisServer,
  words: readonly string[],
  isExpected: (reply: string) => boolean,
): Promise<void> {
  const until = Date.now() + WITHIN_MS;
  let reply = '';
  while (Date.now() < until) {
    reply = await node.command(...words).catch(String);
    if (isExpected(reply)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`${words.join(' ')} did not come to what was expected:\n${reply}`);
}
