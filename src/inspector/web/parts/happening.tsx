import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLive } from '../live.ts';
import { HOT_SECONDS, type HotActor, RATE_SECONDS, Rates } from '../rates.ts';
import { useHold } from '../use-hold.ts';
import { ActorLink } from './actor-link.tsx';
import { Bars } from './bars.tsx';
import { Column } from './column.tsx';
import { number, rate } from './figure.tsx';
import { RateTable } from './rate-table.tsx';
import { Empty } from './states.tsx';

const SECOND_MS = 1_000;
/** What "now" is the mean of, in seconds: single ones jump. */
const NOW_SECONDS = 5;

/**
 * What happens now, as the live stream tells it. What comes and goes stands last in a column of its
 * own: it moves nothing that somebody is about to press.
 * @param beside what stays in its place
 * @param above what the column begins with
 */
export function Happening(props: { readonly beside: ReactNode; readonly above: ReactNode }) {
  const rates = useRef<Rates>(null);
  rates.current ??= new Rates();
  const [now, setNow] = useState(() => Date.now());
  useLive(null, (frame) => {
    rates.current?.add(frame, Date.now());
    setNow(Date.now());
  });
  // What is past goes, though nothing happens.
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  const all = rates.current.rates(now);
  const { isHeld, handlers } = useHold();
  const [held, setHeld] = useState<readonly HotActor[] | null>(null);
  const hottest = held ?? rates.current.hottest(now);
  if (isHeld !== (held !== null)) setHeld(isHeld ? hottest : null);
  return (
    <>
      <section>
        <h2>Events a second</h2>
        <EventChart counts={rates.current.totals(now)} />
      </section>
      <div className="columns">
        <div>{props.beside}</div>
        <div>
          {props.above}
          <section>
            <h2>Events of the last minute</h2>
            {all.length === 0 ? (
              <Empty>Nothing happened since this screen was opened.</Empty>
            ) : (
              <RateTable rates={all} />
            )}
          </section>
          <section {...handlers}>
            <h2>Busiest actors of the last {HOT_SECONDS} seconds</h2>
            <Hottest actors={hottest} />
          </section>
        </div>
      </div>
    </>
  );
}

/** The last minute, second by second, in a picture and in words. */
function EventChart({ counts }: { readonly counts: readonly number[] }) {
  const most = Math.max(...counts);
  const all = counts.reduce((sum, count) => sum + count, 0);
  // The second that is under way has not all of its own yet.
  const late = counts.slice(-NOW_SECONDS - 1, -1).reduce((sum, count) => sum + count, 0);
  const words = `${rate(late / NOW_SECONDS)} a second now, ${number(most)} at most, ${number(all)} in the last minute`;
  return (
    <figure className="event-chart">
      <figcaption>{words}</figcaption>
      <Bars counts={counts} label={`Events by second: ${words}`} className="bars tall" />
      <p aria-hidden="true">
        <span>{RATE_SECONDS} seconds ago</span>
        <span>now</span>
      </p>
    </figure>
  );
}

function Hottest({ actors }: { readonly actors: readonly HotActor[] }) {
  if (actors.length === 0) return <Empty>No actor changed in that time.</Empty>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Actor</th>
          <Column>Events</Column>
        </tr>
      </thead>
      <tbody>
        {actors.map(({ type, id, events }) => (
          <tr key={`${type}:${id}`}>
            <td className="id">
              <ActorLink actor={{ type, id }} />
            </td>
            <td className="number">{number(events)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
