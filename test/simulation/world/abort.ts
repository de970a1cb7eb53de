/**
 * Calls `run` once when the signal is aborted, which it must not be yet.
 * @returns takes that back
 */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (!signal) return () => {};
  const listener = () => {
    forget();
    run();
  };
  const forget = () => signal.removeEventListener('abort', listener);
  signal.addEventListener('abort', listener);
  return forget;
}
