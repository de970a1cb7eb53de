import { checkpointFile, defaultStateDir } from './checkpoint.ts';
import { deadLettersOf, describeLeft, waitUntilIdle } from './idle.ts';
import { BATCH_COMMANDS_MAX, BATCHES_IN_FLIGHT } from './limits.ts';
import { EXIT } from './options.ts';
import type { Unanswered } from './patiently.ts';
import { plan } from './plan.ts';
import { progressOn } from './progress.ts';
import { type Sent, sendHistory } from './send-history.ts';
import type { ServerLink } from './server-link.ts';
import { stopOnSignals } from './signals.ts';
import type { History } from './steps.ts';
import { number } from './table.ts';
import { failures, renderTally, type Tally } from './tally.ts';

/** What the options of a command that sends a history say. */
export interface RunOptions {
  readonly fresh: boolean;
  readonly resendExpired: boolean;
  readonly stateDir: string | undefined;
}

/** What is known once a history was sent and the policies are idle. */
export interface Settled {
  readonly link: ServerLink;
  /** What all commands of the history were answered. */
  readonly tally: Tally;
  /** Raised to end the run early. */
  readonly stop: AbortSignal;
}

/**
 * Sends a history, says how it ends, waits until the policies have done their part, and returns the
 * exit code.
 *
 * @param conclude says what came of it, and returns the exit code
 */
export async function runHistory(
  history: History,
  link: ServerLink,
  options: RunOptions,
  conclude: (settled: Settled) => Promise<number>,
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
    const exit = report(sent);
    if (sent.kind !== 'done' || exit !== EXIT.ok) return exit;
    const settled = { link, tally: sent.tally, stop: stop.signal };
    return (await untilIdle(settled)) ?? (await conclude(settled));
  } finally {
    stop.release();
  }
}

/** Waits for the policies; the exit code where that ends the run. */
async function untilIdle({ link, stop }: Settled): Promise<number | null> {
  const rest = await waitUntilIdle(link, {
    stop,
    note: (text) => console.log(text),
    onWaiting: (why) => console.log(`Waiting for the server: ${why}`),
  });
  switch (rest.kind) {
    case 'idle':
      console.log('The policies are idle.');
      reportGivenUp(deadLettersOf(rest.report));
      return null;
    case 'stuck':
      console.error(
        `The policies do not come to rest: ${describeLeft(rest.report)}.\n` +
          'everstate policies shows how they fare.',
      );
      return EXIT.failed;
    default:
      return reportUnanswered(rest);
  }
}

function reportGivenUp(deadLetters: number): void {
  if (deadLetters === 0) return;
  console.error(
    `${number(deadLetters)} messages were given up on: everstate dead-letters shows them.`,
  );
}

/** Says why what came of the commands could not be read; returns the exit code. */
export function reportUnanswered(unanswered: Unanswered): number {
  if (unanswered.kind === 'interrupted') {
    console.log('Interrupted. All commands were answered; the same command looks again.');
    return EXIT.interrupted;
  }
  console.error(`What came of it could not be read: ${unanswered.why}`);
  return EXIT.failed;
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
