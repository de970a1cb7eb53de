import type { PolicyFigures, PolicyList } from '../../protocol.ts';
import { lettersAt, policyAt } from '../addresses.ts';
import { waited } from '../parts/ages.ts';
import { Column, NumberCell } from '../parts/column.tsx';
import { number } from '../parts/figure.tsx';
import { Link } from '../parts/link.tsx';
import { PauseButton } from '../parts/pause-button.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { WideTable } from '../parts/wide-table.tsx';
import { useAnswer } from '../use-answer.ts';
import '../style/policies.css';

const EVERY_MS = 2_000;

/** How the policies fare. */
export function PoliciesScreen() {
  const answer = useAnswer<PolicyList>('/policies', EVERY_MS);
  return (
    <>
      <h1>Policies</h1>
      <Answered answer={answer} what="the policies">
        {({ policies }) =>
          policies.length === 0 ? (
            <Empty>This app has no policies.</Empty>
          ) : (
            <PolicyTable policies={policies} onChanged={answer.again} />
          )
        }
      </Answered>
    </>
  );
}

interface TableProps {
  readonly policies: readonly PolicyFigures[];
  readonly onChanged: () => void;
}

const COLUMNS = ['Behind', 'In flight', 'Retrying', 'Dead letters', 'Timers', 'Oldest waiting'];

function PolicyTable({ policies, onChanged }: TableProps) {
  return (
    <>
      <PolicyWords />
      <WideTable label="Policies">
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">State</th>
            {COLUMNS.map((column) => (
              <Column key={column}>{column}</Column>
            ))}
            <th scope="col">Run by</th>
            <th scope="col">
              <span className="unseen">Pause or resume</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {policies.map((policy) => (
            <Row key={policy.name} policy={policy} onChanged={onChanged} />
          ))}
        </tbody>
      </WideTable>
    </>
  );
}

function PolicyWords() {
  return (
    <p className="note">
      Policies react to events by sending commands. <em>Behind</em> are records that one has yet to
      take, <em>in flight</em> what it began and has no outcome of yet. Pausing stops a policy on
      all nodes: what comes then waits, and is taken when it is resumed.
    </p>
  );
}

function Row(props: { readonly policy: PolicyFigures; readonly onChanged: () => void }) {
  const { policy, onChanged } = props;
  const { name, paused, lag, inFlight, retrying, deadLetters, timers } = policy;
  return (
    <tr>
      <th scope="row" className="id">
        <Link to={policyAt(name)}>{name}</Link>
      </th>
      <td data-label="State">{paused ? <strong className="paused">paused</strong> : 'running'}</td>
      <NumberCell of="Behind">{number(lag)}</NumberCell>
      <NumberCell of="In flight">{number(inFlight)}</NumberCell>
      <NumberCell of="Retrying">{number(retrying)}</NumberCell>
      <NumberCell of="Dead letters">
        {deadLetters === 0 ? (
          0
        ) : (
          <Link to={lettersAt({ policy: name })}>{number(deadLetters)}</Link>
        )}
      </NumberCell>
      <NumberCell of="Timers">{number(timers)}</NumberCell>
      <NumberCell of="Oldest waiting">{waited(policy.oldestPendingMs)}</NumberCell>
      <td data-label="Run by">
        <Holders holders={policy.holders} />
      </td>
      <td>
        <PauseButton name={name} isPaused={paused} onChanged={onChanged} />
      </td>
    </tr>
  );
}

/** The nodes that hold the leases of its partitions. */
function Holders({ holders }: Pick<PolicyFigures, 'holders'>) {
  const nodes = Object.entries(holders);
  if (nodes.length === 0) return <>nobody</>;
  return (
    <ul className="holders">
      {nodes.map(([node, partitions]) => (
        <li key={node} title={node}>
          <span className="id">{node.slice(0, 8)}</span>: {number(partitions)}{' '}
          {partitions === 1 ? 'partition' : 'partitions'}
        </li>
      ))}
    </ul>
  );
}
