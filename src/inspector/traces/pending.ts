import { read, type TableKind, table } from '../../engine/background/rows.ts';
import type { EngineInside } from '../../engine/engine.ts';
import type { Store } from '../../engine/store.ts';
import type { WorkRow } from '../../engine/work-store.ts';
import type { Masking } from '../mask.ts';
import type { TracePending } from '../protocol.ts';

/** Rows of one table that are looked through for those of a trace. */
const ROWS_MAX = 100;

const KINDS = ['outbox', 'dead', 'retry'] as const satisfies readonly TableKind[];

/**
 * What policies have under way, retry or gave up of a trace: of those tables that have rows, the
 * first of each. @throws StoreUnavailable
 */
export async function pendingOf(
  { store, policies }: Pick<EngineInside, 'store' | 'policies'>,
  correlationId: string,
  masking: Masking,
): Promise<readonly TracePending[]> {
  const names = [...policies.keys()];
  const wanted = names.flatMap((policy) => KINDS.map((kind) => ({ policy, kind })));
  const tables = wanted.map(({ policy, kind }) => table(kind, policy));
  // Most rows are of other traces: they are not worth being parsed.
  const named = JSON.stringify(correlationId);
  const found = Array.from({ length: store.partitions }, async (_, partition) => {
    const survey = await store.survey(partition, tables);
    const filled = wanted.filter((_, place) => (survey.tables[place]?.ordered ?? 0) > 0);
    const pages = filled.map(async ({ policy, kind }) => {
      const page = { after: null, until: null, limit: ROWS_MAX };
      const rows = await store.scan(partition, table(kind, policy), page);
      return readers[kind](store, partition, policy, rows, named);
    });
    return (await Promise.all(pages)).flat();
  });
  const all = (await Promise.all(found)).flat();
  return all
    .filter((each) => each.correlationId === correlationId)
    .map(({ correlationId: _, about, error, ...pending }) => ({
      ...pending,
      error: error && masking.text(error, about),
    }))
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

type Found = TracePending & {
  readonly correlationId: string;
  /** The data that its error may quote. */
  readonly about: unknown;
};
type ReadRows = (
  store: Store,
  partition: number,
  policy: string,
  rows: readonly WorkRow[],
  named: string,
) => Promise<readonly Found[]>;

const readers: Readonly<Record<(typeof KINDS)[number], ReadRows>> = {
  async outbox(_store, _partition, policy, rows, named) {
    const own = rows.filter(({ body }) => body.includes(named));
    return own.map(({ body }) => commandOf(policy, read.outbox(body), null));
  },
  async dead(_store, _partition, policy, rows, named) {
    const own = rows.filter(({ body }) => body.includes(named));
    return own.map(({ body }) => {
      const letter = read.dead(body);
      return letter.kind === 'command'
        ? commandOf(policy, letter.outbox, letter.error)
        : messageOf(policy, letter.queued, 'dead', letter.error);
    });
  },
  async retry(store, partition, policy, rows, named) {
    const keys = rows.map(({ key }) => key);
    const bodies = await store.rows(partition, table('queue', policy), keys);
    return bodies
      .filter((body) => body !== null)
      .filter((body) => body.includes(named))
      .map((body) => messageOf(policy, read.queue(body), 'retrying', null));
  },
};

/** @param error why it was given up; `null`: it was not */
function commandOf(
  policy: string,
  row: ReturnType<typeof read.outbox>,
  error: string | null,
): Found {
  const isTried = row.attempts > 0;
  return {
    kind: error !== null ? 'dead' : isTried ? 'retrying' : 'sent',
    policy,
    type: row.command,
    isCommand: true,
    cause: row.cause,
    attempts: row.attempts,
    at: row.at,
    error: error ?? row.history.at(-1)?.error ?? null,
    about: [row.data, row.history],
    correlationId: row.correlationId,
  };
}

function messageOf(
  policy: string,
  { message, attempts, at, history }: ReturnType<typeof read.queue>,
  kind: 'retrying' | 'dead',
  error: string | null,
): Found {
  const isEvent = message.kind === 'event';
  return {
    kind,
    policy,
    type: isEvent ? message.recorded.type : message.kind,
    isCommand: false,
    cause: message.id,
    attempts,
    at,
    error: error ?? history.at(-1)?.error ?? null,
    about: [message, history],
    correlationId: isEvent ? message.event.correlationId : message.correlationId,
  };
}
