/** `npm run fuzz -- --requests 100000 --seed 1`: throws requests at the built server. */
import { parseArgs } from 'node:util';
import { fuzzAll } from './campaign.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const requests = Number(values.requests);
const seed = Number(values.seed);
if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(seed)) {
  throw new Error('--requests and --seed are whole numbers');
}
const isSound = await fuzzAll({ requests, seed, tell: (line) => console.log(line) });
process.exitCode = isSound ? 0 : 1;
