import { pino } from 'pino';
import type { AuditResult, Finding } from '../engine/audit/audit.ts';
import { createEngine } from '../engine/create-engine.ts';
import { createSystemRuntime } from '../engine/system-runtime.ts';
import { EXIT, parseOptions, UsageError } from './options.ts';
import { stopOnSignals } from './signals.ts';
import {
  actorsPerSecond,
  loadApp,
  openStored,
  orComplain,
  progressLines,
  STORE_HELP,
  storedOptions,
} from './stored.ts';
import { number } from './table.ts';

const RATE_DEFAULT = 500;

export const AUDIT_USAGE = `everstate audit [options]

Looks at all actors, whether what no commit holds together still fits: the invariants of the app, the
claims of those who hold them, and how far what was brought from one partition to another has come. To
be run after servers of a Redis Cluster lost what was not on disk, each a tail of its own. With --mend
it sends the commands that mend what it finds; each is decided once more where it goes.

${STORE_HELP}
  --mend             mend what is found; without it, nothing is changed
  --rate N           actors looked at in a second, at most (${RATE_DEFAULT})
  --json             findings as JSON on the standard output, one a line
  -h, --help         this text

Exit code: 0 all fits, or was mended; 1 something does not fit; 2 it could not be looked at.`;

const OPTIONS = {
  ...storedOptions(RATE_DEFAULT),
  mend: { type: 'boolean', default: false },
} as const;
type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>['values'];

/** `everstate audit`: returns the exit code. */
export async function audit(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(AUDIT_USAGE);
    return EXIT.ok;
  }
  if (positionals.length > 0) throw new UsageError('audit takes no arguments');
  const perSecond = actorsPerSecond(values);
  return orComplain('The audit did not come to its end.', () => run(values, perSecond));
}

async function run({ store: name, mend, json }: Values, perSecond: number): Promise<number> {
  const app = await loadApp();
  const store = await openStored(name);
  // What it has to say of single commands stands in the findings.
  const log = pino({ level: 'silent' });
  const runtime = createSystemRuntime();
  const engine = createEngine({ app, store, runtime, log });
  const stop = stopOnSignals();
  const findings: Finding[] = [];
  try {
    const result = await engine.audit({
      mends: mend,
      actorsPerSecond: perSecond,
      signal: stop.signal,
      onProgress: progressLines(
        runtime.monotonic,
        (actors: number) => `${number(actors)} actors looked at`,
      ),
      onFinding(finding) {
        findings.push(finding);
        console.log(json ? JSON.stringify(finding) : renderFinding(finding));
      },
    });
    if (!json) console.log(renderResult(result, findings));
    if (result.isCut) return EXIT.interrupted;
    return findings.some(({ mending }) => OPEN.has(mending)) ? EXIT.failed : EXIT.ok;
  } finally {
    stop.release();
    await engine.drain();
    await store.close();
  }
}

/** What became of findings that still do not fit. */
const OPEN: ReadonlySet<Finding['mending']> = new Set(['told', 'failed']);

const MENDINGS: Readonly<Record<Finding['mending'], string>> = {
  told: 'found',
  mended: 'mended',
  held: 'fits by now',
  failed: 'NOT MENDED',
};

function renderFinding({ rule, at, what, mending }: Finding): string {
  return `${MENDINGS[mending]}  ${rule}  ${at}: ${what}`;
}

function renderResult({ actors, isCut }: AuditResult, findings: readonly Finding[]): string {
  const open = findings.filter(({ mending }) => OPEN.has(mending)).length;
  const looked = `${number(actors)} actors looked at${isCut ? ', then it was ended' : ''}`;
  if (findings.length === 0) return `${looked}: all fits.`;
  const mended = findings.length - open;
  const how = open > 0 && mended === 0 ? ' Mend it with --mend.' : '';
  return `${looked}. Does not fit: ${number(open)}; fits by now: ${number(mended)}.${how}`;
}
