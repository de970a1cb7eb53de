import type { Follower } from '../../protocol.ts';
import { lettersAt, policyAt } from '../addresses.ts';
import { waited } from './ages.ts';
import { Column, NumberCell } from './column.tsx';
import { number } from './figure.tsx';
import { Link } from './link.tsx';
import { Empty } from './states.tsx';
import { WideTable } from './wide-table.tsx';

const WORDS: Readonly<Record<Follower['state'], string>> = {
  running: 'running',
  paused: 'paused',
  rebuilding: 'made anew',
  outdated: 'to be made anew',
};

/** What passes the feeds, and what keeps it from having passed all. */
export function FollowerTable({ followers }: { readonly followers: readonly Follower[] }) {
  if (followers.length === 0) return <Empty>This app has no policies and no projections.</Empty>;
  return (
    <>
      <p className="note">How many records each has yet to take, and what keeps it from that.</p>
      <WideTable label="Policies and projections">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <Column>Behind</Column>
            <th scope="col">State</th>
            <Column>Dead letters</Column>
            <Column>Oldest waiting</Column>
            <th scope="col">Kind</th>
          </tr>
        </thead>
        <tbody>
          {followers.map((follower) => (
            <Row key={`${follower.kind}:${follower.name}`} follower={follower} />
          ))}
        </tbody>
      </WideTable>
    </>
  );
}

function Row({ follower }: { readonly follower: Follower }) {
  const { kind, name, state, lag, retrying, deadLetters, oldestPendingMs } = follower;
  const isPolicy = kind === 'policy';
  return (
    <tr>
      <th scope="row" className="id">
        {isPolicy ? <Link to={policyAt(name)}>{name}</Link> : name}
      </th>
      <NumberCell of="Behind">{number(lag)}</NumberCell>
      <td data-label="State">
        {state === 'running' ? WORDS[state] : <strong>{WORDS[state]}</strong>}
        {retrying > 0 && `, ${number(retrying)} retrying`}
      </td>
      <NumberCell of="Dead letters">
        {deadLetters > 0 ? (
          <Link to={lettersAt({ policy: name })}>{number(deadLetters)}</Link>
        ) : isPolicy ? (
          0
        ) : (
          '–'
        )}
      </NumberCell>
      <NumberCell of="Oldest waiting">{waited(oldestPendingMs)}</NumberCell>
      <td data-label="Kind">{kind}</td>
    </tr>
  );
}
