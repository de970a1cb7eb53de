/**
 * The file that called `below`, by the last three segments of its path: enough to find it by. It
 * is the source's name also where what runs was built from it; `unknown file` where there is no
 * stack.
 */
export function callerFile(below: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, below);
  const frame = holder.stack?.split('\n')[1] ?? '';
  const path = /(?:file:\/\/|\()?([^()\s]+?):\d+:\d+\)?$/.exec(frame)?.[1];
  return path ? path.split(/[\\/]/).slice(-3).join('/').replace(/\.js$/, '.ts') : 'unknown file';
}
