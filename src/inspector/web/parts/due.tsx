import { age } from '../../protocol.ts';

/** When something is due, as seen from a moment: how long until then, or since. */
export function Due({ at, now }: { readonly at: string; readonly now: string }) {
  const ms = Date.parse(at) - Date.parse(now);
  return (
    <time dateTime={at} title={at}>
      {ms > 0 ? `in ${age(ms)}` : ms > -1_000 ? 'now' : `overdue by ${age(-ms)}`}
    </time>
  );
}
