import type { AnyEventDefinition } from '../../define/event.ts';
import { NewerEventError, type RecordedEvent, UpcastError, upcast } from '../../define/index.ts';
import type { Findings } from './findings.ts';

/** Whether a recorded event can be read: its version, its upcasters, its schema. */
export function checkEvent(
  findings: Findings,
  definition: AnyEventDefinition,
  recorded: RecordedEvent,
  example: string,
): void {
  const about = `${recorded.type}, version ${recorded.version}`;
  try {
    const { data } = upcast(definition, recorded);
    const parsed = definition.schema.safeParse(data);
    if (parsed.success) return;
    const [issue] = parsed.error.issues;
    const path = ['data', ...(issue?.path ?? [])].join('.');
    findings.add('event', about, `its data breaks the schema: ${path}: ${issue?.message}`, example);
  } catch (error) {
    if (error instanceof NewerEventError) {
      findings.add('newer', about, `this code knows version ${definition.version}`, example);
      return;
    }
    const why = error instanceof Error ? error.message : String(error);
    const detail = error instanceof UpcastError ? why : `an upcaster throws: ${why}`;
    findings.add('event', about, detail, example);
  }
}
