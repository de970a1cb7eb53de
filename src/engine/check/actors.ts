/** Every stored actor of an aggregate against the code at hand. */
import {
  type ActorState,
  decodeState,
  heldClaims,
  NewerState,
  StateFault,
} from '../actor-state.ts';
import { type Address, actorKey } from '../address.ts';
import type { AggregateRuntime } from '../aggregate-runtime.ts';
import { ownersOf } from '../partitions.ts';
import type { ActorRow } from '../store.ts';
import { readHistory, replay } from './history.ts';
import type { CheckTools } from './tools.ts';

const PAGE_IDS = 512;
/** Actors looked at together. */
const TOGETHER = 16;
/** How often an actor that changes while it is looked at is read again. */
const READS_MAX = 3;

/** @throws StoreUnavailable */
export async function checkActors(
  tools: CheckTools,
  aggregate: AggregateRuntime,
  withHistory: boolean,
): Promise<void> {
  const { store, pace, onProgress } = tools;
  const { type } = aggregate.definition;
  for await (const ids of ownersOf(store, type, PAGE_IDS)) {
    for (let from = 0; from < ids.length; from += TOGETHER) {
      const some = ids.slice(from, from + TOGETHER);
      await pace.take(some.length);
      await Promise.all(some.map((id) => checkActor(tools, aggregate, { type, id }, withHistory)));
    }
    onProgress();
  }
}

async function checkActor(
  tools: CheckTools,
  aggregate: AggregateRuntime,
  address: Address,
  withHistory: boolean,
): Promise<void> {
  const { row, view } = await readActor(tools, address);
  // A name that only owns entries, or was fenced.
  if (row === null || row.state === null) return;
  tools.counts.actors++;
  checkView(tools, aggregate, address, view);
  const state = readState(tools, aggregate, address, row);
  if (state !== null && withHistory) await checkHistory(tools, aggregate, state);
}

async function readActor({ store }: CheckTools, address: Address) {
  const request = { pointers: [], actor: address, views: [address], entries: [], sizes: [] };
  const { actor: row, views } = await store.fetch(request);
  return { row, view: views[0] ?? null };
}

/** Readies an actor to run; `null` where that cannot be done. */
function readState(
  { findings }: CheckTools,
  aggregate: AggregateRuntime,
  address: Address,
  row: ActorRow,
): ActorState | null {
  const { type, version } = aggregate.definition;
  const about = `${type}, version ${version}`;
  const name = actorKey(address);
  try {
    const state = decodeState(aggregate, address, row);
    // It must be possible to write it, too.
    aggregate.driver.persist(state.machine);
    for (const claim of heldClaims(aggregate, state.machine)) {
      if (Object.hasOwn(state.held, claim)) continue;
      const [kind = ''] = claim.split(':');
      findings.add('claim', type, `${kind} is held and was not claimed`, name);
    }
    return state;
  } catch (error) {
    const kind = error instanceof NewerState ? 'newer' : 'state';
    findings.add(kind, about, faultText(error, name), name);
    return null;
  }
}

/** A fault in words that are the same for all whose fault it is. */
export function faultText(error: unknown, name: string): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (error instanceof StateFault && cause instanceof StateFault) return cause.message;
  return error.message.replaceAll(name, 'it');
}

function checkView(
  { findings }: CheckTools,
  { definition: { type, view } }: AggregateRuntime,
  address: Address,
  stored: string | null,
): void {
  if (view === null || stored === null) return;
  const parsed = view.definition.schema.safeParse(JSON.parse(stored));
  if (parsed.success) return;
  const [issue] = parsed.error.issues;
  const path = ['view', ...(issue?.path ?? [])].join('.');
  findings.add('view', type, `${path}: ${issue?.message}`, actorKey(address));
}

async function checkHistory(
  tools: CheckTools,
  aggregate: AggregateRuntime,
  first: ActorState,
): Promise<void> {
  const { store, findings, counts } = tools;
  const { address } = first;
  const name = actorKey(address);
  let state = first;
  for (let reads = 1; ; reads++) {
    const history = await readHistory(store, address);
    if (history.kind === 'trimmed') counts.trimmedHistories++;
    if (history.kind === 'long') counts.skippedHistories++;
    if (history.kind !== 'whole') return;
    // A server may run beside the check: both must be of one moment.
    if (history.records.at(-1)?.version === state.version) {
      counts.histories++;
      try {
        const found = replay(aggregate, state, history);
        if (found !== null) findings.add('history', address.type, found, name);
      } catch (error) {
        const text = `it cannot be replayed: ${faultText(error, name)}`;
        findings.add('history', address.type, text, name);
      }
      return;
    }
    const { row } = reads < READS_MAX ? await readActor(tools, address) : { row: null };
    if (row === null) {
      counts.skippedHistories++;
      return;
    }
    state = decodeState(aggregate, address, row);
  }
}
