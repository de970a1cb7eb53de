import {
  type CheckProgress,
  type CheckReport,
  checkStored,
  type Finding,
  type FindingKind,
  KINDS,
} from '../engine/check/check.ts';
import { createSystemRuntime } from '../engine/system-runtime.ts';
import { EXIT, parseOptions, UsageError } from './options.ts';
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

const RATE_DEFAULT = 2_000;

export const CHECK_USAGE = `everstate check [options]

Holds all that is stored against the code at hand, before it is deployed: runs every stored actor and
every instance of a policy as far as its next message, replays histories, reads every recorded event,
and looks at commands, timers and effects that wait. It names what would break, and writes nothing.

${STORE_HELP}
  --rate N           actors read in a second, at most (${RATE_DEFAULT})
  --no-history       replay no histories: that costs more than all the rest
  --accept KIND      findings of this kind are told and make no failure; may be given several times:
                     ${Object.keys(KINDS).join(', ')}
  --json             the report as JSON on the standard output
  -h, --help         this text

Exit code: 0 nothing would break, 1 something would, 2 it could not be checked.`;

const OPTIONS = {
  ...storedOptions(RATE_DEFAULT),
  'no-history': { type: 'boolean', default: false },
  accept: { type: 'string', multiple: true, default: [] as string[] },
} as const;

/** `everstate check`: returns the exit code. */
export async function check(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(CHECK_USAGE);
    return EXIT.ok;
  }
  if (positionals.length > 0) throw new UsageError('check takes no arguments');
  const accepted = new Set(values.accept.map(kindOf));
  const perSecond = actorsPerSecond(values);
  return orComplain('Nothing could be checked.', async () => {
    const app = await loadApp();
    const store = await openStored(values.store);
    try {
      const runtime = createSystemRuntime();
      const report = await checkStored({
        app,
        store,
        runtime,
        actorsPerSecond: perSecond,
        withHistory: !values['no-history'],
        ...(!values.json && { onProgress: progressLines(runtime.monotonic, renderProgress) }),
      });
      console.log(values.json ? asJson(report, accepted) : renderCheck(report, accepted));
      return isSound(report, accepted) ? EXIT.ok : EXIT.failed;
    } finally {
      await store.close();
    }
  });
}

function kindOf(name: string): FindingKind {
  if (!Object.hasOwn(KINDS, name)) {
    throw new UsageError(`--accept: ${name} is none of ${Object.keys(KINDS).join(', ')}`);
  }
  return name as FindingKind;
}

function renderProgress(progress: CheckProgress): string {
  const { actors, instances, records, recordsAll, findings } = progress;
  const parts = [
    `${number(instances)} instances`,
    `${number(actors)} actors`,
    `${number(records)}${recordsAll > 0 ? ` of ${number(recordsAll)}` : ''} records`,
    `${number(findings)} findings`,
  ];
  return `checked ${parts.join(', ')}`;
}

function isSound({ findings }: CheckReport, accepted: ReadonlySet<string>): boolean {
  return findings.every(({ kind }) => !KINDS[kind].breaks || accepted.has(kind));
}

function asJson(report: CheckReport, accepted: ReadonlySet<string>): string {
  const findings = report.findings.map((finding) => {
    const { breaks, title, remedy } = KINDS[finding.kind];
    return { ...finding, breaks, accepted: accepted.has(finding.kind), title, remedy };
  });
  return JSON.stringify({ sound: isSound(report, accepted), ...report, findings }, null, 2);
}

/** A report as people read it. */
function renderCheck(report: CheckReport, accepted: ReadonlySet<string>): string {
  const kinds = new Map<FindingKind, Finding[]>();
  for (const finding of report.findings) {
    kinds.set(finding.kind, [...(kinds.get(finding.kind) ?? []), finding]);
  }
  const sections = Array.from(kinds, ([kind, findings]) => section(kind, findings, accepted));
  const { actors, histories, trimmedHistories, skippedHistories, records, instances, waiting } =
    report;
  const looked = [
    `${number(actors)} actors`,
    `${number(histories)} histories replayed`,
    ...(trimmedHistories > 0 ? [`${number(trimmedHistories)} trimmed and passed over`] : []),
    ...(skippedHistories > 0 ? [`${number(skippedHistories)} too long or too busy`] : []),
    `${number(records)} records`,
    `${number(instances)} instances of policies`,
    `${number(waiting)} things that wait`,
  ];
  const verdict = isSound(report, accepted)
    ? 'Nothing that is stored would break.'
    : 'Something that is stored would break.';
  return [`Checked: ${looked.join(', ')}.`, ...sections, verdict].join('\n\n');
}

function section(
  kind: FindingKind,
  findings: readonly Finding[],
  accepted: ReadonlySet<string>,
): string {
  const { breaks, title, remedy } = KINDS[kind];
  const weight = !breaks ? 'to be known' : accepted.has(kind) ? 'accepted' : 'breaks';
  const count = findings.reduce((sum, finding) => sum + finding.count, 0);
  const lines = findings.map(
    ({ about, detail, example, count: alike }) =>
      `  ${number(alike)} × ${about}: ${detail}\n      such as ${example.replaceAll('\n', ' ')}`,
  );
  return `${kind} (${weight}): ${number(count)} ${title}\n${lines.join('\n')}\n  ${remedy}`;
}
