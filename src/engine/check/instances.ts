/** What the policies of the app have stored, against the code at hand. */
import { effectOf } from '../../define/effect.ts';
import { readInstance } from '../background/instance.ts';
import type { PolicyRuntime } from '../background/policy-runtime.ts';
import { revived } from '../background/revive.ts';
import { type PolicyMessage, read, rowKey, type TableKind } from '../background/rows.ts';
import { waitsOf } from '../driver/waits.ts';
import { NewerState } from '../driver.ts';
import type { WorkRow } from '../work-store.ts';
import { faultText } from './actors.ts';
import { checkEvent } from './event-check.ts';
import type { CheckTools } from './tools.ts';

const PAGE_ROWS = 256;
/** Of one instance's queue. */
const QUEUE_MAX = 256;

type Reading = CheckTools & { readonly policy: PolicyRuntime; readonly partition: number };

/** @throws StoreUnavailable */
export async function checkInstances(tools: CheckTools, policy: PolicyRuntime): Promise<void> {
  for (let partition = 0; partition < tools.store.partitions; partition++) {
    const reading: Reading = { ...tools, policy, partition };
    const tables = Object.values(policy.tables);
    const { tables: sizes } = await tools.store.survey(partition, tables);
    if (sizes.every(({ rows }) => rows === 0)) continue;
    await eachRow(reading, 'instance', (row) => checkInstance(reading, row));
    await eachRow(reading, 'outbox', ({ key, body }) => {
      const { command, data } = read.outbox(body);
      checkCommand(reading, command, data, key);
    });
    await eachRow(reading, 'effect', ({ key, body }) => checkEffect(reading, key, body));
    await eachRow(reading, 'timer', ({ body }) => void read.timer(body));
    await eachRow(reading, 'inbox', ({ key, body }) => {
      const row = read.inbox(body);
      if (row.kind === 'event') checkMessage(reading, row.message, key);
    });
    await eachRow(reading, 'dead', ({ key, body }) => checkLetter(reading, key, body));
  }
}

/** Goes through the rows of a table that have an order. */
async function eachRow(
  { store, pace, counts, findings, policy, partition, onProgress }: Reading,
  kind: TableKind,
  check: (row: WorkRow) => Promise<void> | void,
): Promise<void> {
  const table = policy.tables[kind];
  for (let after: { order: number; key: string } | null = null; ; ) {
    const page: readonly WorkRow[] = await store.scan(partition, table, {
      after,
      until: null,
      limit: PAGE_ROWS,
    });
    await pace.take(page.length);
    for (const row of page) {
      if (kind === 'instance') counts.instances++;
      else counts.waiting++;
      try {
        await check(row);
      } catch (error) {
        // What a row is read with names what is wrong with it.
        if (!isUnreadable(error)) throw error;
        findings.add('row', table, 'a row is none', `${partition}: ${row.key}`);
      }
    }
    onProgress();
    const last = page.at(-1);
    if (!last || page.length < PAGE_ROWS) return;
    after = { order: last.order, key: last.key };
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof Error && error.name === 'ZodError');
}

async function checkInstance(reading: Reading, { key, body }: WorkRow): Promise<void> {
  const { findings, policy, store, partition, counts } = reading;
  const instance = readInstance(key, body);
  const about = `${policy.name}, version ${policy.definition.version}`;
  try {
    const current = revived(policy, instance);
    if (current.machine !== null && 'state' in current.machine) {
      const { timers, invokes } = waitsOf(current.machine.state);
      const isAfter = (id: string) => id.startsWith('xstate.after.');
      checkWaiting(reading, key, Object.keys(current.timers).filter(isAfter), timers);
      checkWaiting(reading, key, Object.keys(current.effects), invokes);
    }
  } catch (error) {
    const kind = error instanceof NewerState ? 'newer' : 'instance';
    findings.add(kind, about, faultText(error, `instance ${key}`), key);
  }
  const { first, next, parked } = instance.queue;
  const count = Math.min(next - first, QUEUE_MAX);
  const keys = Array.from({ length: count }, (_, at) => rowKey(key, first + at));
  if (keys.length === 0) return;
  const rows = await store.rows(partition, policy.tables.queue, keys);
  for (const [at, row] of rows.entries()) {
    // The first of a parked queue is a dead letter.
    if (row === null || (parked && at === 0)) continue;
    counts.waiting++;
    checkMessage(reading, read.queue(row).message, key);
  }
}

/** What is pending must be what the state waits for, and the other way round. */
function checkWaiting(
  { findings, policy: { name } }: Reading,
  instance: string,
  pending: readonly string[],
  awaited: readonly string[],
): void {
  for (const id of pending) {
    if (awaited.includes(id)) continue;
    findings.add('waiting', name, `${id} is pending, and its state does not wait for it`, instance);
  }
  for (const id of awaited) {
    if (pending.includes(id)) continue;
    findings.add('waiting', name, `its state waits for ${id}, which is not pending`, instance);
  }
}

function checkMessage({ findings, policy }: Reading, message: PolicyMessage, key: string): void {
  if (message.kind !== 'event') return;
  const { recorded } = message;
  const { on } = policy.definition;
  const definition = Object.hasOwn(on, recorded.type) ? on[recorded.type] : undefined;
  const about = `${policy.name}: ${recorded.type}`;
  if (definition) checkEvent(findings, definition, recorded, key);
  else findings.add('event', about, 'it waits, and the policy does not take it any more', key);
}

function checkCommand(
  { findings, app, policy }: Reading,
  type: string,
  data: unknown,
  key: string,
): void {
  const definition = app.commands.get(type)?.commands[type];
  const parsed = definition?.schema.safeParse(data);
  if (parsed?.success) return;
  const [issue] = parsed?.error.issues ?? [];
  const detail = issue
    ? `it breaks its schema: ${['data', ...issue.path].join('.')}: ${issue.message}`
    : 'the app has no such command';
  findings.add('command', `${policy.name}: ${type}`, detail, key);
}

function checkEffect({ findings, policy }: Reading, key: string, body: string): void {
  const { src } = read.effect(body);
  const { actors } = policy.definition.machine.implementations;
  if (Object.hasOwn(actors, src) && effectOf(actors[src]) !== null) return;
  findings.add('effect', `${policy.name}: ${src}`, 'the machine has no such effect', key);
}

function checkLetter(reading: Reading, key: string, body: string): void {
  const { findings, policy } = reading;
  const letter = read.dead(body);
  findings.add('letter', policy.name, letter.kind, key);
  if (letter.kind === 'message') checkMessage(reading, letter.queued.message, key);
  else checkCommand(reading, letter.outbox.command, letter.outbox.data, key);
}
