import { useSelector } from '@xstate/store-react';
import { type LiveState, live } from '../live.ts';
import { number } from './figure.tsx';

const WORDS: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting …',
  live: 'Live',
  reconnecting: 'Reconnecting …',
  paused: 'Paused',
};

/** How the page's connection fares, in the bar. */
export function LiveSign() {
  const state = useSelector(live, ({ context }) => context.state);
  const skipped = useSelector(live, ({ context }) => context.skipped);
  return (
    <p className="live" data-state={state}>
      <span role="status">{WORDS[state]}</span>
      {skipped > 0 && (
        <span
          className="sampled"
          title="So much happened that these events were not shown one by one"
        >
          sampled, {number(skipped)} skipped
        </span>
      )}
    </p>
  );
}
