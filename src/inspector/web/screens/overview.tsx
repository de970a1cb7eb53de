import type { Overview } from '../../protocol.ts';
import { Figure, number } from '../parts/figure.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useAnswer } from '../use-answer.ts';

const EVERY_MS = 2_000;

/** How the whole system fares. */
export function OverviewScreen() {
  const answer = useAnswer<Overview>('/overview', EVERY_MS);
  return (
    <>
      <h1>Overview</h1>
      <Answered answer={answer} what="the figures">
        {(overview) => (
          <>
            <Figures overview={overview} />
            <Nodes overview={overview} />
          </>
        )}
      </Answered>
    </>
  );
}

function Figures({ overview }: { readonly overview: Overview }) {
  const { records, lag, deadLetters, isIdle } = overview;
  return (
    <dl className="figures">
      <Figure name="Recorded commands">{number(records)}</Figure>
      <Figure name="Not passed yet">{number(lag)}</Figure>
      <Figure name="Dead letters" isAlarming={deadLetters > 0}>
        {number(deadLetters)}
      </Figure>
      <Figure name="Work">{isIdle ? 'nothing left to do' : 'under way'}</Figure>
    </dl>
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
