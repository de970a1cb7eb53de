import { useEffect, useRef, useState } from 'react';
import type { MachineSummary, Overview } from '../../protocol.ts';
import { useLive } from '../live.ts';
import { Figure, number } from '../parts/figure.tsx';
import { Link } from '../parts/link.tsx';
import { RateTable } from '../parts/rate-table.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { HOT_SECONDS, type HotActor, Rates } from '../rates.ts';
import { useAnswer } from '../use-answer.ts';
import '../style/overview.css';

const EVERY_MS = 2_000;
const SECOND_MS = 1_000;

/** How the whole system fares. */
export function OverviewScreen() {
  const answer = useAnswer<Overview>('/overview', EVERY_MS);
  return (
    <>
      <h1>Overview</h1>
      <Answered answer={answer} what="the figures">
        {(overview) => <Figures overview={overview} />}
      </Answered>
      <Happening />
      {answer.value && (
        <div className="beside">
          <Nodes overview={answer.value} />
          <Machines machines={answer.value.machines} />
        </div>
      )}
    </>
  );
}

function Figures({ overview }: { readonly overview: Overview }) {
  const { records, lag, deadLetters, isIdle, paused } = overview;
  return (
    <dl className="figures">
      <Figure name="Recorded commands">{number(records)}</Figure>
      <Figure name="Not passed yet">{number(lag)}</Figure>
      <Figure name="Dead letters" isAlarming={deadLetters > 0}>
        {deadLetters > 0 ? <Link to="/dead-letters">{number(deadLetters)}</Link> : 0}
      </Figure>
      <Figure name="Work">{isIdle ? 'nothing left to do' : 'under way'}</Figure>
      {paused > 0 && (
        <Figure name="Paused policies" isAlarming>
          <Link to="/policies">{number(paused)}</Link>
        </Figure>
      )}
    </dl>
  );
}

/** What happens now, as the live stream tells it. */
function Happening() {
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
  return (
    <div className="beside">
      <section>
        <h2>Events of the last minute</h2>
        {all.length === 0 ? (
          <Empty>Nothing happened since this screen was opened.</Empty>
        ) : (
          <RateTable rates={all} />
        )}
      </section>
      <section>
        <h2>Hottest actors of the last {HOT_SECONDS} seconds</h2>
        <Hottest actors={rates.current.hottest(now)} />
      </section>
    </div>
  );
}

function Hottest({ actors }: { readonly actors: readonly HotActor[] }) {
  if (actors.length === 0) return <Empty>No actor changed.</Empty>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Actor</th>
          <th scope="col" className="number">
            Events
          </th>
        </tr>
      </thead>
      <tbody>
        {actors.map(({ type, id, events }) => (
          <tr key={`${type}:${id}`}>
            <td className="id">
              <Link to={`/actors/${encodeURIComponent(type)}/${encodeURIComponent(id)}`}>
                {type}:{id}
              </Link>
            </td>
            <td className="number">{number(events)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Nodes({ overview: { nodes, partitions } }: { readonly overview: Overview }) {
  return (
    <section>
      <h2>Nodes</h2>
      {nodes.length === 0 ? (
        <Empty>No node runs background work.</Empty>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col" className="number">
                Partitions of {number(partitions)}
              </th>
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <tr key={node.name}>
                <td className="id">{node.name}</td>
                <td className="number">{number(node.partitions)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Machines({ machines }: { readonly machines: readonly MachineSummary[] }) {
  return (
    <section>
      <h2>Machines</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Machine</th>
            <th scope="col">Kind</th>
            <th scope="col" className="number">
              Version
            </th>
          </tr>
        </thead>
        <tbody>
          {machines.map(({ kind, name, version }) => (
            <tr key={`${kind}:${name}`}>
              <td className="id">
                <Link to={kind === 'policy' ? `/policies/${name}` : `/machines/${kind}/${name}`}>
                  {name}
                </Link>
              </td>
              <td>{kind}</td>
              <td className="number">{version}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
