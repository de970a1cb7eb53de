import { checkpointFile, defaultStateDir } from './checkpoint.ts';
import { BATCH_COMMANDS_MAX, BATCHES_IN_FLIGHT } from './limits.ts';
import { EXIT } from './options.ts';
import { plan } from './plan.ts';
import { progressOn } from './progress.ts';
import { type Sent, sendHistory } from './send-history.ts';
import type { ServerLink } from './server-link.ts';
import type { History } from './steps.ts';
import { failures, renderTally } from './tally.ts';

/** What the options of a command that sends a history say. */
export interface RunOptions {
  readonly fresh: boolean;
  readonly resendExpired: boolean;
  readonly stateDir: string | undefined;
}

/** Raised at Ctrl-C or a plea to end; a second one ends the process at once. */
function stopOnSignals(): { readonly signal: AbortSignal; release(): void } {
  const stop = new AbortController();
  const raise = () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  };
  process.on('SIGINT', raise).on('SIGTERM', raise);
  return {
    signal: stop.signal,
    release: () => void process.off('SIGINT', raise).off('SIGTERM', raise),
  };
}

/** Sends a history, says how it ends, and returns the exit code. */
export async function runHistory(
  history: History,
  link: ServerLink,
  options: RunOptions,
): Promise<number> {
  const batches = plan(history, { batchSteps: BATCH_COMMANDS_MAX, inFlight: BATCHES_IN_FLIGHT });
  const checkpoints = checkpointFile(options.stateDir ?? defaultStateDir(), {
    history: history.id,
    url: link.url,
    cut: `1/${BATCH_COMMANDS_MAX}/${BATCHES_IN_FLIGHT}`,
  });
  if (options.fresh) await checkpoints.remove();
  const stop = stopOnSignals();
  try {
    const sent = await sendHistory({
      historyId: history.id,
      batches,
      link,
      checkpoints,
      progress: progressOn(process.stdout),
      stop: stop.signal,
      resendExpired: options.resendExpired,
    });
    return report(sent);
  } finally {
    stop.release();
  }
}

const RESUME = 'Nothing is lost: the same command goes on from here.';

function report(sent: Sent): number {
  if (sent.kind === 'expired') {
    console.error(
      `An earlier run ended more than a day ago with up to ${sent.commands} commands unanswered, and\n` +
        'the server no longer remembers their keys. --resend-expired sends them again and goes on.',
    );
    return EXIT.failed;
  }
  if (Object.keys(sent.tally).length > 0) console.log(`\n${renderTally(sent.tally)}\n`);
  switch (sent.kind) {
    case 'done':
      return reportEnd(failures(sent.tally), sent.anew);
    case 'interrupted':
      console.log(`Interrupted. ${RESUME}`);
      return EXIT.interrupted;
    case 'gave-up':
      console.error(`Gave up waiting for the server: ${sent.why}. ${RESUME}`);
      return EXIT.failed;
    case 'refused':
      console.error(`The server refuses: ${sent.why}`);
      return EXIT.failed;
  }
}

function reportEnd(failed: number, anew: boolean): number {
  if (!anew) console.log('All of it was sent to this server before. --fresh sends it again.');
  if (failed === 0) return EXIT.ok;
  console.error(`${failed} commands failed. --fresh sends everything again, and these anew.`);
  return EXIT.failed;
}
