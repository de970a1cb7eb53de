/** What is stored in the fixtures, and how it is read. */
import type { App } from '../../src/define/index.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { command, eventsOf, send } from '../support/node.ts';
import type { SimulatedNodes } from '../support/simulated-nodes.ts';

const LOCKERS = ['a', 'b', 'c', 'd', 'marks'];
/** A hundred years: what is kept for a while is kept for as long as the fixtures are. */
export const KEPT_MS = 100 * 365 * 24 * 60 * 60 * 1_000;
export const KEYED = { principal: 'golden', idempotencyKey: 'key-1' };
export const KEYED_BODY = { locker: 'b', label: 'Two' };
export const REFUSED = { principal: 'golden', idempotencyKey: 'key-2' };
export const REFUSED_BODY = { locker: 'c', label: 'TWO' };

/** Fills a store and leaves it as a crash does: with all kinds of things under way. */
export async function enact(nodes: SimulatedNodes, app: App): Promise<void> {
  const node = await nodes.start(app, { limits: { recordsPerSnapshot: 3 } });
  const { engine } = node;
  const say = (type: string, body: unknown, delivery = {}) =>
    nodes.run(send(engine, type, body, delivery));
  await say('Rent', { locker: 'a', label: 'One' });
  await say('Rent', KEYED_BODY, KEYED);
  await say('Rent', REFUSED_BODY, REFUSED);
  for (const thing of ['hat', 'bag', 'map']) await say('PutIn', { locker: 'a', thing });
  await say('TakeOut', { locker: 'a', thing: 'bag' });
  await say('TakeOut', { locker: 'a', thing: 'bag' });
  await say('Shut', { locker: 'a' });
  await say('Pause', { locker: 'a' });
  await say('Pause', { locker: 'd' });
  const done = command(engine, 'Note', { locker: 'd', text: 'later' });
  const { commandId } = await nodes.run(engine.submitAsync(done, KEYED_LATER));
  await nodes.until(async () => (await nodes.run(engine.asyncOutcome(commandId))) !== 'pending');
  for (const text of [
    'remind me',
    'ask this',
    'ask badly',
    'jam it',
    'to x',
    'to x',
    'break',
    'next',
  ]) {
    await say('Note', { locker: text === 'to x' ? 'c' : 'b', text });
  }
  await nodes.until(
    async () => (await engine.deadLetters({ limit: 10, cursor: null })).items.length > 0,
  );
  await nodes.time.advance(2_000);
  // From here on something is in the way of everything.
  node.fate = (method, args) => {
    if (method === 'scan' && String(args[1]).startsWith('inbox/')) return 'refused';
    return method === 'commit' && JSON.stringify(args).includes('never') ? 'refused' : 'answered';
  };
  await say('Note', { locker: 'c', text: 'to y' });
  await nodes.time.advance(2_000);
  const pending = command(engine, 'Note', { locker: 'e', text: 'never, so far' });
  await nodes.run(engine.submitAsync(pending, PENDING));
  await nodes.time.advance(200);
  node.crash();
  await nodes.store.swapClaim('locker/label:three', null, {
    holder: 'locker:ghost' as never,
    token: 'left',
  });
}

export const KEYED_LATER = { principal: 'golden', idempotencyKey: 'key-3' };
export const PENDING = { principal: 'golden', idempotencyKey: 'key-4' };

/** All that can be read of it through an engine whose background work has not begun. */
export async function readAll(app: App, engine: Engine, store: Store) {
  const trails = Object.fromEntries(
    await Promise.all(
      LOCKERS.map(async (id) => [id, await eventsOf(engine, id, 'locker')] as const),
    ),
  );
  const page = { limit: 50, after: null };
  const things = await store.page(
    { actor: { type: 'locker', id: 'a' }, collection: 'things' },
    page,
  );
  const model = { type: '~notes', id: 'b' };
  const notes = await store.page({ actor: model, collection: 'entries' }, page);
  const ranking = await store.ranking('~notes', 10);
  const letters = (await engine.deadLetters({ limit: 50, cursor: null })).items;
  const instances = Object.fromEntries(
    await Promise.all(
      [...app.policies.keys()].map(
        async (name) =>
          [name, (await engine.instances(name, { limit: 50, cursor: null }))?.items] as const,
      ),
    ),
  );
  const { policies } = await engine.policies();
  // What was promised an answer is run as soon as there is an engine: how far behind they are, moves.
  const figures = policies.map(
    ({ oldestPendingMs: _, holders: __, lag: ___, paused: ____, ...rest }) => rest,
  );
  return JSON.parse(
    JSON.stringify({ trails, things, notes, ranking, letters, instances, figures }),
  );
}

/** What policies did, once all is mended: the marks that they left. */
export async function marksOf(engine: Engine): Promise<string[]> {
  const found = await eventsOf(engine, 'marks', 'locker');
  return found.map(({ data }) => String(data.mark)).sort();
}
