import type { Address } from '../../engine/address.ts';
import type { EngineInside } from '../../engine/engine.ts';

/** Which actor a command goes to; `null` where this code cannot tell. */
export type TargetOf = (
  command: string,
  body: unknown,
  sent: { readonly commandId: string; readonly at: number; readonly correlationId: string },
) => Address | null;

/**
 * Asks commands for their targets.
 * @param from who sends them: each has a schema for clients, and one for policies
 */
export function targeting(
  { aggregates, submitter }: Pick<EngineInside, 'aggregates' | 'submitter'>,
  from: 'policy' | 'client',
): TargetOf {
  return (type, body, { commandId, at, correlationId: traceId }) => {
    const definition = aggregates.get(type)?.definition.commands[type];
    const schema = from === 'policy' ? definition?.schema : definition?.clientSchema;
    try {
      const parsed = schema?.safeParse(body);
      if (!parsed?.success) return null;
      const { target } = submitter.address({
        command: { type, parsed: parsed.data, body },
        delivery: { principal: from, traceId },
        identity: { commandId, at, traceId },
        keep: 'nothing',
        pointer: null,
      });
      return target;
    } catch {
      // The command's own functions say of such data that they have no target, each in its way.
      return null;
    }
  };
}
