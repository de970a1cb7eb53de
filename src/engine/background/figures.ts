/** How the policies fare: read from the store, for all nodes. */
import type { ProjectionDefinition } from '../../define/index.ts';
import { STANDING_TABLES, standingOf } from '../actor-index/actor-index.ts';
import type {
  PoliciesReport,
  PolicyFigures,
  ProjectionFigures,
  RebuildFigures,
} from '../engine.ts';
import type { Generations, GenerationView, NamedGeneration } from '../generations/generations.ts';
import { surveyAll } from '../partitions.ts';
import { parseRecord } from '../record.ts';
import type { Store } from '../store.ts';
import type { Survey } from '../work-store.ts';
import type { Pauses } from './pauses.ts';
import { read, type TableKind, table } from './rows.ts';

/** The tables that are looked at, in this order, for each policy. */
const KINDS = ['outbox', 'inbox', 'timer', 'effect', 'retry', 'again', 'dead'] as const;
type Kind = Extract<TableKind, (typeof KINDS)[number]>;

interface Names {
  readonly policies: readonly string[];
  /** Those whose read models are read. */
  readonly projections: readonly string[];
}

/**
 * Reads all partitions, and where that finds nothing to do, all of them once more: what goes from
 * one to another could hide from a single reading, but it leaves a longer feed behind.
 * @throws StoreUnavailable
 */
export async function report(
  store: Store,
  policyNames: readonly string[],
  generations: Generations,
  pauses: Pauses,
): Promise<PoliciesReport> {
  const [view, paused] = await Promise.all([generations.look(), pauses.look()]);
  const names: Names = { policies: policyNames, projections: view.serving() };
  const surveys = await surveyAll(store, tablesOf(names));
  const isIdle = isQuiet(surveys, names) && (await isStillQuiet(store, names, surveys));
  const [policies, projections] = await Promise.all([
    Promise.all(
      names.policies.map(async (name, place) => ({
        ...(await policyFigures(store, surveys, name, place)),
        paused: paused.has(name),
      })),
    ),
    Promise.all(
      view
        .all()
        .filter(({ generation: { phase } }) => phase === 'active')
        .map((active) => projectionFigures(store, surveys, view, active)),
    ),
  ]);
  return { idle: isIdle, policies, projections };
}

function tablesOf({ policies }: Names): readonly string[] {
  const ofPolicies = policies.flatMap((name) => KINDS.map((kind) => table(kind, name)));
  return [...ofPolicies, ...STANDING_TABLES];
}

async function isStillQuiet(
  store: Store,
  names: Names,
  before: readonly Survey[],
): Promise<boolean> {
  const after = await surveyAll(store, tablesOf(names));
  return (
    isQuiet(after, names) && after.every(({ head }, partition) => head === before[partition]?.head)
  );
}

function isQuiet(surveys: readonly Survey[], names: Names): boolean {
  const subscribers = [...names.policies, ...names.projections];
  const index = standingOf(surveys, names.policies.length * KINDS.length);
  // What nobody looks at is not kept up, and nobody waits for it.
  const isIndexed = !index.isWanted || (index.lag === 0 && !index.isListing);
  if (!isIndexed) return false;
  return surveys.every(
    (survey) =>
      survey.pendingAsync === 0 &&
      subscribers.every((name) => (survey.checkpoints[name] ?? 0) >= survey.head) &&
      names.policies.every((_, place) => hasNothingToDo(survey, place)),
  );
}

function hasNothingToDo(survey: Survey, place: number): boolean {
  const timer = tableOf(survey, place, 'timer').first;
  const isDue = timer !== null && timer.order <= survey.now;
  const pending: readonly Kind[] = ['outbox', 'inbox', 'effect', 'retry', 'again'];
  return !isDue && pending.every((kind) => tableOf(survey, place, kind).rows === 0);
}

function tableOf(survey: Survey, place: number, kind: Kind): Survey['tables'][number] {
  const found = survey.tables[place * KINDS.length + KINDS.indexOf(kind)];
  return found ?? { rows: 0, ordered: 0, first: null };
}

async function policyFigures(
  store: Store,
  surveys: readonly Survey[],
  name: string,
  place: number,
): Promise<Omit<PolicyFigures, 'paused'>> {
  const count = (kind: Kind) => sum(surveys.map((survey) => tableOf(survey, place, kind).rows));
  const waited = surveys.map((survey) => waitedMs(survey, place));
  return {
    name,
    lag: lagOf(surveys, name),
    inFlight: count('outbox') + count('inbox') + count('effect'),
    retrying: count('retry') + count('again'),
    deadLetters: count('dead'),
    timers: count('timer'),
    oldestPendingMs: Math.max(...waited, await oldestUnpassedMs(store, surveys, name)),
    holders: holdersOf(surveys),
  };
}

/** How many partitions each node runs. @param surveys of all */
export function holdersOf(surveys: readonly Survey[]): Readonly<Record<string, number>> {
  const holders: Record<string, number> = {};
  for (const { lease } of surveys) {
    if (lease?.node) holders[lease.node] = (holders[lease.node] ?? 0) + 1;
  }
  return holders;
}

async function projectionFigures(
  store: Store,
  surveys: readonly Survey[],
  view: GenerationView,
  { projection, generation, subscriber }: NamedGeneration,
): Promise<ProjectionFigures> {
  return {
    name: projection.name,
    lag: lagOf(surveys, subscriber),
    oldestPendingMs: await oldestUnpassedMs(store, surveys, subscriber),
    version: generation.version,
    generation: generation.number,
    wantsRebuild: generation.version < projection.version,
    rebuild: rebuildFigures(surveys, view, projection),
  };
}

function rebuildFigures(
  surveys: readonly Survey[],
  view: GenerationView,
  projection: ProjectionDefinition,
): RebuildFigures | null {
  const underWay = view.underWay(projection);
  if (!underWay) return null;
  const { subscriber, generation, phase } = underWay;
  const records = sum(surveys.map(({ head }) => head));
  const passed = records - lagOf(surveys, subscriber);
  return { version: generation.version, phase, passed, records };
}

function lagOf(surveys: readonly Survey[], name: string): number {
  return sum(surveys.map(({ head, checkpoints }) => Math.max(0, head - (checkpoints[name] ?? 0))));
}

/** For how long the oldest of what lies in one partition's tables has waited. */
function waitedMs(survey: Survey, place: number): number {
  const first = (kind: Kind) => tableOf(survey, place, kind).first;
  const outbox = first('outbox');
  const inbox = first('inbox');
  const effect = first('effect');
  const timer = first('timer');
  const since = [
    ...(outbox ? [Date.parse(read.outbox(outbox.body).at)] : []),
    ...(inbox ? [Date.parse(read.inbox(inbox.body).at)] : []),
    ...(effect ? [Date.parse(read.effect(effect.body).at)] : []),
    ...(timer ? [timer.order] : []),
    ...[first('retry'), first('again')].flatMap((row) => (row ? [Date.parse(row.body)] : [])),
  ];
  return Math.max(0, ...since.map((at) => survey.now - at));
}

/** The age of the oldest record that a subscriber has not passed. */
async function oldestUnpassedMs(
  store: Store,
  surveys: readonly Survey[],
  name: string,
): Promise<number> {
  const ages = surveys.map(async ({ head, now, checkpoints }, partition) => {
    const checkpoint = checkpoints[name] ?? 0;
    if (checkpoint >= head) return 0;
    const [record] = await store.readFeed(partition, checkpoint, 1);
    return record ? Math.max(0, now - Date.parse(parseRecord(record.body).at)) : 0;
  });
  return Math.max(0, ...(await Promise.all(ages)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
