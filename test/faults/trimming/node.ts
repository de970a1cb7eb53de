/**
 * A node that writes on desks and trims its history all the while, run as a process:
 * `node.ts URL-OR-DIRECTORY NAME`. It says `has TEXT` for each text it was acknowledged, and `trims`
 * whenever it is about to.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { mustAccept } from '../../support/node.ts';
import { DESKS, openStore, startEngine } from './world.ts';

const [, , place = '', name = ''] = process.argv;
const store = await openStore(place);
const tell = (line: string) => process.stdout.write(`${line}\n`);
const trim: typeof store.trim = (partition, through) => {
  tell('trims');
  return store.trim(partition, through);
};
const view = new Proxy(store, {
  get(target, property) {
    const member: unknown = property === 'trim' ? trim : Reflect.get(target, property, target);
    return typeof member === 'function' ? member.bind(target) : member;
  },
});
const engine = await startEngine(view);
for (let burst = 0; ; burst++) {
  const texts = DESKS.map((desk, n) => ({ desk, text: `${name} ${burst}.${n}` }));
  await Promise.all(
    texts.map(async (body) => {
      await mustAccept(engine, 'Write', body);
      tell(`has ${body.desk} ${body.text}`);
    }),
  );
  while (!(await engine.policies()).idle) await pause(5);
}
