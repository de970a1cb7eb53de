/**
 * What Everstate costs, in ratios to the bare parts, measured in one run.
 * Usage: npm run bench [-- [--quick] [SECTION …]]
 */
import { arch, cpus, platform, totalmem } from 'node:os';
import { redisVersion } from './parts/redis.ts';
import { conclude, megabytes } from './parts/report.ts';
import { batch } from './sections/batch.ts';
import { bytes } from './sections/bytes.ts';
import { costOfAccounts, costOfFollows } from './sections/cost.ts';
import { engine } from './sections/engine.ts';
import { fanOut } from './sections/fan-out.ts';
import { http } from './sections/http.ts';
import { feeds } from './sections/inspector/feeds.ts';
import { indexAlone } from './sections/inspector/index-alone.ts';
import { inspector } from './sections/inspector/inspector.ts';
import { FULL, type Options, QUICK } from './sections/options.ts';
import { backlog } from './sections/policies/backlog.ts';
import { blocks } from './sections/policies/blocks.ts';
import { keepingUp } from './sections/policies/keeping-up.ts';
import { lag } from './sections/policies/lag.ts';
import { subscribers } from './sections/policies/subscribers.ts';
import { queries } from './sections/queries/queries.ts';

type Section = (options: Options) => Promise<void>;

const POLICIES: Readonly<Record<string, Section>> = {
  blocks,
  'keeping-up': keepingUp,
  backlog,
  lag,
  subscribers,
};
const SECTIONS: Readonly<Record<string, Section>> = {
  http,
  batch,
  engine,
  follows: costOfFollows,
  accounts: costOfAccounts,
  bytes,
  ...POLICIES,
  queries,
  'fan-out': fanOut,
  inspector,
  'inspector-feeds': feeds,
  'inspector-index': indexAlone,
};
/** One word for several sections. */
const GROUPS: Readonly<Record<string, readonly string[]>> = { policies: Object.keys(POLICIES) };
const NAMES = [...Object.keys(SECTIONS), ...Object.keys(GROUPS)];
const LAST_RUN = new URL('../../../test/bench/last-run.json', import.meta.url);

async function main(words: readonly string[]): Promise<void> {
  const options = words.includes('--quick') ? QUICK : FULL;
  const wanted = words
    .filter((word) => word !== '--quick')
    .flatMap((word) => (Object.hasOwn(GROUPS, word) ? (GROUPS[word] ?? []) : [word]));
  const unknown = wanted.filter((word) => !Object.hasOwn(SECTIONS, word));
  const version = redisVersion();
  if (unknown.length > 0 || version === null) {
    console.error(
      version === null
        ? 'The benchmark needs redis-server on the PATH, and found none.'
        : `There is no section ${unknown.join(', ')}; there are ${NAMES.join(', ')}.`,
    );
    process.exit(2);
  }
  const machine = {
    node: process.version,
    redis: version,
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? arch()}`,
    memory: megabytes(totalmem()),
    platform: platform(),
  };
  console.log(`Node ${machine.node}, Redis ${version}, ${machine.cpus}, ${machine.memory}`);
  console.log(
    'Absolute figures move with what else the machine does; ratios, taken by turns, hold better.\n' +
      'Servers are one Node process each, Redis has no append-only file. On two cores the server has\n' +
      'one to itself, and the load generator shares the other with Redis: where "redis µs" and\n' +
      '"load µs" together pass "server µs", they are what limits the rate.',
  );
  const start = performance.now();
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (wanted.length === 0 || wanted.includes(name)) await section(options);
  }
  conclude(LAST_RUN, { at: new Date().toISOString(), quick: options.quick, machine });
  console.log(`\nTook ${((performance.now() - start) / 1_000).toFixed(0)} s.`);
}

await main(process.argv.slice(2));
process.exit(0);
