import type { Content } from './content.ts';
import type { Findings } from './findings.ts';

/** Every actor's records are a chain: each names the one before, and raises the version by one or not at all. */
export function auditChain({ records, actors }: Content, findings: Findings): void {
  const last = new Map<string, { position: number; version: number; records: number }>();
  for (const { actor, before, position, version, events } of records) {
    const known = last.get(actor) ?? { position: 0, version: 0, records: 0 };
    const what = () => `${actor} v${version} at ${position}`;
    findings.check(
      before === known.position,
      'records form their actor’s chain',
      () => `${what()} comes after ${before}, not ${known.position}`,
    );
    const isRefusal = events.every(({ type }) => /(Rejected|Failed)$/.test(type));
    const next = isRefusal ? known.version : known.version + 1;
    findings.check(
      version === next,
      'versions have no gaps',
      () => `${what()} follows ${known.version}`,
    );
    last.set(actor, { position, version, records: known.records + 1 });
  }
  for (const [key, actor] of actors) {
    const known = last.get(key) ?? { position: 0, records: 0 };
    findings.same(
      [actor.records, actor.lastRecord],
      [known.records, known.position],
      'state is what the records make',
      key,
    );
  }
}
