import { useEffect } from 'react';
import type { Travel } from '../use-travel.ts';
import { EndingButton } from './ending-button.tsx';
import { number } from './figure.tsx';

/** Goes through an actor's history: by pointer, by its buttons, by keys from anywhere on the page. */
export function Scrubber({
  travel,
  isLive,
}: {
  readonly travel: Travel;
  readonly isLive: boolean;
}) {
  const { extent, chosen, walked, move } = travel;
  useTravelKeys(move);
  const total = extent?.total ?? 0;
  const ordinal = chosen ? total - chosen.index : total;
  const first = extent?.kept === null || extent === null ? 1 : total - extent.kept + 1;
  const isOldest = ordinal <= first;
  return (
    <section className="scrubber" aria-label="History">
      <div className="moves">
        <EndingButton isEnd={isOldest} title="Key Home" onGo={() => move({ to: 'oldest' })}>
          <span aria-hidden="true">« </span>First
        </EndingButton>
        <EndingButton isEnd={isOldest} title="Key [" onGo={() => move({ by: -1 })}>
          <span aria-hidden="true">‹ </span>Older
        </EndingButton>
        <EndingButton isEnd={isLive} title="Key ]" onGo={() => move({ by: 1 })}>
          Newer<span aria-hidden="true"> ›</span>
        </EndingButton>
        <EndingButton isEnd={isLive} title="Key Esc" onGo={() => move({ to: 'now' })}>
          Now<span aria-hidden="true"> »</span>
        </EndingButton>
      </div>
      <input
        type="range"
        aria-label="Step"
        aria-valuetext={chosen ? `step ${ordinal} of ${total}, ${chosen.step.command}` : 'no step'}
        min={Math.min(first, total)}
        max={total}
        value={ordinal}
        disabled={total < 2}
        onChange={(event) => move({ index: total - Number(event.target.value) })}
      />
      <p className="place">
        {walked === null
          ? `Step ${number(ordinal)} of ${number(total)}`
          : `Walking back: ${number(walked)} of ${number(total)} steps …`}
      </p>
    </section>
  );
}

/** Where keys mean something of their own. */
const OWN_KEYS = 'input, select, textarea, [data-scrolls], summary';

function useTravelKeys(move: Travel['move']): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest('input:not([type="range"]), select, textarea, dialog')) return;
      const isOwn = target?.closest(OWN_KEYS) !== null;
      const to = moveOf(event.key, isOwn);
      if (to === null) return;
      event.preventDefault();
      move(to);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [move]);
}

/** @param isOwn the place that has the focus takes arrows itself */
function moveOf(key: string, isOwn: boolean): Parameters<Travel['move']>[0] | null {
  if (key === '[') return { by: -1 };
  if (key === ']') return { by: 1 };
  if (key === 'Escape') return { to: 'now' };
  if (isOwn) return null;
  if (key === 'ArrowLeft') return { by: -1 };
  if (key === 'ArrowRight') return { by: 1 };
  if (key === 'Home') return { to: 'oldest' };
  return key === 'End' ? { to: 'now' } : null;
}
