/**
 * A node, run as a process: `node.ts URL SEED`. It pokes sources, several at once, until it gets a
 * line; at the next one it ends in order. It says a line when each of that is so.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { createEngine } from '../../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { command } from '../../support/node.ts';
import { createTestLog } from '../../support/runtime.ts';
import { oneOf, randomFrom } from '../seed.ts';
import { tallyApp } from './app.ts';
import { ANSWER_TTL_MS, GROUPS, PARTITIONS, SOURCES } from './world.ts';

const AT_ONCE = 3;
const THOUGHT_MS_MAX = 250;

const [, , url = '', seedText = ''] = process.argv;
const seed = Number(seedText);

const store = await openRedisStore({ url, partitions: PARTITIONS });
const engine = createEngine({
  app: tallyApp,
  store,
  runtime: createSystemRuntime(),
  log: createTestLog(),
  backgroundLimits: { answerTtlMs: ANSWER_TTL_MS },
});
await engine.start();
process.stdout.write('works\n');

let number = seed * 1_000_000;
let isOver = false;
const poking = Array.from({ length: AT_ONCE }, async (_, n) => {
  const random = randomFrom(seed * 100 + n);
  while (!isOver) {
    const body = { source: oneOf(random, SOURCES), group: oneOf(random, GROUPS), number: ++number };
    await engine.submit(command(engine, 'Poke', body), { principal: 'test' });
    await pause(random() * THOUGHT_MS_MAX);
  }
});
await once(process.stdin, 'data');
isOver = true;
await Promise.all(poking);
process.stdout.write('rests\n');
await once(process.stdin, 'data');
await engine.drain();
await store.close();
process.exit(0);
