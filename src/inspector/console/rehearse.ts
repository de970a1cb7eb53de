import { MachineFault, StateFault } from '../../engine/driver.ts';
import { dryRun } from '../../engine/dry-run.ts';
import type { ValidCommand } from '../../engine/engine.ts';
import { failureOf } from '../../engine/failure.ts';
import { StoreUnavailable } from '../../engine/store.ts';
import type { Services } from '../../http/context.ts';
import { shownState } from '../actor/shown-state.ts';
import type { Masking } from '../mask.ts';
import type { DryRun } from '../protocol.ts';

/** What a command would come to, as it is shown. @throws StoreUnavailable */
export async function rehearse(
  { engine, log }: Pick<Services, 'engine' | 'log'>,
  masking: Masking,
  command: ValidCommand,
  principal: string,
): Promise<DryRun> {
  const about = [command.parsed, command.body];
  try {
    const { before, after, events, facts, ...said } = await dryRun(
      engine.inside,
      command,
      principal,
    );
    return {
      ...said,
      reason: said.reason && masking.text(said.reason, ...about, facts, events),
      facts: masking.value(facts, ...about),
      events: events.map(({ type, data }) => ({
        type,
        data: masking.value(data, ...about, facts),
      })),
      before: before && shownState(before, masking, ...about),
      after: after && shownState(after, masking, ...about),
      isMasked: masking.isMasked,
    };
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    const { code } = failureOf(error);
    log.error({ err: error, command: command.type }, 'a dry run failed');
    const why = whyOf(error, masking);
    const detail = `It cannot be decided: ${why === null ? 'the log says why' : masking.text(why, ...about)}`;
    return { status: 'failed', code, detail };
  }
}

/** `null`: the app's own functions throw it, and may quote what is personal and stands in no command. */
function whyOf(error: unknown, { isMasked }: Masking): string | null {
  const isOurs = error instanceof StateFault || error instanceof MachineFault;
  return error instanceof Error && (isOurs || !isMasked) ? error.message : null;
}
