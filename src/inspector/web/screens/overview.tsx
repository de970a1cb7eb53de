import type { MachineSummary, Overview } from '../../protocol.ts';
import { machineAt } from '../addresses.ts';
import { Column } from '../parts/column.tsx';
import { CommandTable } from '../parts/command-table.tsx';
import { Figure, number, rate } from '../parts/figure.tsx';
import { FollowerTable } from '../parts/follower-table.tsx';
import { Happening } from '../parts/happening.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useAnswer } from '../use-answer.ts';
import '../style/overview.css';

const EVERY_MS = 2_000;

/** How the whole system fares. */
export function OverviewScreen() {
  const answer = useAnswer<Overview>('/overview', EVERY_MS);
  const { value } = answer;
  return (
    <div className="overview">
      <h1>Overview</h1>
      <Answered answer={answer} what="the figures">
        {(overview) => <Figures overview={overview} />}
      </Answered>
      <Happening
        beside={
          value && (
            <>
              <section>
                <h2>Policies and projections</h2>
                <FollowerTable followers={value.followers} />
              </section>
              <Nodes overview={value} />
              <Machines machines={value.machines} />
            </>
          )
        }
        above={
          value && (
            <section>
              <h2>Commands of this node</h2>
              <CommandTable commands={value.commands} />
            </section>
          )
        }
      />
    </div>
  );
}

function Figures({ overview }: { readonly overview: Overview }) {
  const { records, growth, lag, deadLetters, isIdle, paused } = overview;
  return (
    <>
      {records === 0 && (
        <Empty>
          Nothing was recorded yet. <Link to="/console">Send a first command</Link>, and this page
          tells what it does.
        </Empty>
      )}
      <dl className="figures">
        <Figure name="Recorded commands">{number(records)}</Figure>
        <Figure name="Records a second">
          {growth === null ? <small>being measured …</small> : rate(growth.recordsPerSecond)}
        </Figure>
        <Figure name="Records behind">{number(lag)}</Figure>
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
    </>
  );
}

function Nodes({ overview: { node: own, nodes, partitions } }: { readonly overview: Overview }) {
  return (
    <section>
      <h2>Nodes</h2>
      <p className="note">
        Answered by <span className="id">{own}</span>
        {nodes.every(({ name }) => name !== own) && ', which runs no partition'}.
      </p>
      {nodes.length === 0 ? (
        <Empty>No node runs background work.</Empty>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <Column>Partitions of {number(partitions)}</Column>
            </tr>
          </thead>
          <tbody>
            {nodes.map((node) => (
              <tr key={node.name}>
                <td>
                  <span className="id">{node.name}</span>
                  {node.name === own && ' (this one)'}
                </td>
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
            <Column>Version</Column>
          </tr>
        </thead>
        <tbody>
          {machines.map(({ kind, name, version }) => (
            <tr key={`${kind}:${name}`}>
              <td className="id">
                <Link to={machineAt(kind, name)}>{name}</Link>
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
