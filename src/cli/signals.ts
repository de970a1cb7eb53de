import { EXIT } from './options.ts';

/** Raised at Ctrl-C or a plea to end; a second one ends the process at once. */
export function stopOnSignals(): { readonly signal: AbortSignal; release(): void } {
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
