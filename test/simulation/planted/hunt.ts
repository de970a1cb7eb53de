/** Runs seeds until one breaks a rule, and says how many that took. */
import { parseArgs } from 'node:util';
import { runMany } from '../threads.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '0' },
    step: { type: 'string', default: '1' },
  },
});
let seeds = 0;
let broken: string | undefined;
await runMany({
  from: Number(values.from),
  step: Number(values.step),
  seedsMax: Number(values.seeds),
  msMax: null,
  workers: 0,
  onResult: ({ violations }) => {
    seeds += 1;
    broken ??= violations[0];
  },
  isEnough: () => broken !== undefined,
});
console.log(broken === undefined ? 'not found' : `found after ${seeds} seeds: ${broken}`);
