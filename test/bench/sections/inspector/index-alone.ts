/** What the index of actors costs on each store, to make and to keep up, and nothing else. */
import { startFilled } from '../../parts/filled.ts';
import { Load } from '../../parts/live.ts';
import { heading, rate } from '../../parts/report.ts';
import type { Options } from '../options.ts';
import { INDEX_WANTED_MS, keepUp, makeIndex } from './actors.ts';

export async function indexAlone(options: Options): Promise<void> {
  const accounts = options.quick ? 25_000 : 100_000;
  heading('The index of actors', `${rate(accounts)} accounts on each store. Nothing subscribes.`);
  const limits = { indexWantedMs: INDEX_WANTED_MS };
  for (const store of ['redis', 'embedded'] as const) {
    const filled = await startFilled({ store, accounts, steps: 0, subscribed: 'nothing', limits });
    const load = new Load(filled.target);
    try {
      console.log(`\n${store}:`);
      await makeIndex(filled);
      await keepUp(filled.target, load, options);
    } finally {
      await load.stop();
      await filled.target.stop();
    }
  }
}
