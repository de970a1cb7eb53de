import type { Entry, InvariantDefinition, JsonObject, Sending } from '../../define/index.ts';
import { messageOf } from '../background/delivery.ts';
import { readPolicyFacts } from '../background/policy-facts.ts';
import { entryValue } from '../facts.ts';
import type { AuditOptions, AuditTools, Finding } from './audit.ts';

const ENTRIES_PAGE = 200;

/** An actor, or an entry of its collection. */
interface Audited {
  readonly id: string;
  readonly entry: Entry | null;
}

/** Asks the app's invariants of some actors of a type. */
export async function auditInvariants(
  tools: AuditTools,
  options: AuditOptions,
  type: string,
  ids: readonly string[],
): Promise<void> {
  for (const invariant of tools.app.invariants) {
    if (invariant.of.aggregate !== type) continue;
    for await (const audited of subjectsOf(tools, invariant, ids)) {
      if (options.signal.aborted) return;
      await ask(tools, options, invariant, audited);
    }
  }
}

/** What an invariant is asked of, page by page. */
async function* subjectsOf(
  { store }: AuditTools,
  { of }: InvariantDefinition,
  ids: readonly string[],
): AsyncGenerator<readonly Audited[]> {
  if (of.kind === 'view') {
    yield ids.map((id) => ({ id, entry: null }));
    return;
  }
  let waiting: Audited[] = [];
  for (const id of ids) {
    const collection = { actor: { type: of.aggregate, id }, collection: of.name };
    let after: { at: number; key: string } | null = null;
    for (;;) {
      const rows = await store.page(collection, { limit: ENTRIES_PAGE, after });
      for (const row of rows) waiting.push({ id, entry: entryValue(row) });
      if (waiting.length >= ENTRIES_PAGE) {
        yield waiting;
        waiting = [];
      }
      const last = rows.at(-1);
      if (rows.length < ENTRIES_PAGE || !last) break;
      after = { at: last.at, key: last.key };
    }
  }
  if (waiting.length > 0) yield waiting;
}

async function ask(
  tools: AuditTools,
  options: AuditOptions,
  invariant: InvariantDefinition,
  audited: readonly Audited[],
): Promise<void> {
  const wanted = audited.map((each) => invariant.facts(each));
  const facts = await readPolicyFacts(tools, wanted);
  for (const [index, each] of audited.entries()) {
    const commands = invariant.mend(each, (facts[index] ?? {}) as JsonObject as never);
    for (const [number, command] of commands.entries()) {
      const place = [invariant.name, each.id, each.entry?.key ?? '', number].join('\n');
      const mending = options.mends ? await mend(tools, invariant, place, command) : 'told';
      options.onFinding({
        rule: invariant.name,
        at: `${invariant.of.aggregate}:${each.id}`,
        what: `${command.command} ${JSON.stringify(command.data)}`,
        mending,
      });
    }
  }
}

/** Sends a command that mends. It is decided where it goes, by what is so then. */
async function mend(
  { auditId, submitter, aggregates, runtime, answerTtlMs, log }: AuditTools,
  invariant: InvariantDefinition,
  place: string,
  { command, data }: Omit<Sending, 'ref'>,
): Promise<Finding['mending']> {
  const digest = runtime.digest(`${auditId}\n${place}`);
  const correlationId = auditId.replaceAll('-', '');
  const message = messageOf({ submitter, aggregates, runtime, limits: { answerTtlMs } }, 'audit', {
    commandId: digest.slice(0, 22),
    row: { command, data, correlationId },
  });
  const outcome = await submitter.send(message);
  if (outcome.status === 'failed') {
    log.warn({ invariant: invariant.name, code: outcome.failure.code }, 'a mending command failed');
    return 'failed';
  }
  return outcome.status === 'accepted' && outcome.events.length > 0 ? 'mended' : 'held';
}
