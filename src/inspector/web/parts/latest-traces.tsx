import type { LatestTraces } from '../../protocol.ts';
import { traceAt } from '../addresses.ts';
import { ActorLink } from './actor-link.tsx';
import { Link } from './link.tsx';
import { When } from './when.tsx';

/** Traces by the commands that they began with, each leading to its own. */
export function LatestTable({ items }: LatestTraces) {
  return (
    <table className="trace-steps latest stacked">
      <thead>
        <tr>
          <th scope="col">At</th>
          <th scope="col">Command</th>
          <th scope="col">Actor</th>
          <th scope="col">Sent by</th>
          <th scope="col">Trace</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ correlationId, position, at, command, actor, outcome, principal }) => (
          <tr key={correlationId}>
            <td data-label="At">
              <When at={at} />
            </td>
            <td data-label="Command">
              {command} {outcome === 'rejected' && <span className="refused">rejected</span>}
            </td>
            <td className="id" data-label="Actor">
              <ActorLink actor={actor} at={position} />
            </td>
            <td className="id" data-label="Sent by">
              {principal}
            </td>
            <td className="id" data-label="Trace">
              <Link to={traceAt(correlationId, position)}>{correlationId}</Link>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
