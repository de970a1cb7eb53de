import type { TraceStep } from '../../protocol.ts';
import { ActorLink } from './actor-link.tsx';
import { Column, NumberCell } from './column.tsx';
import { clock } from './when.tsx';

/** The steps of a trace, one after another, with what caused each. */
export function TraceTable({ steps }: { readonly steps: readonly TraceStep[] }) {
  const causes = new Map<string, Cause>(
    steps.flatMap((step, index) =>
      step.events.map(({ id, type }) => [id, { type, place: index + 1 }]),
    ),
  );
  return (
    <section aria-labelledby="trace-steps">
      <h2 id="trace-steps">Steps</h2>
      <table className="trace-steps stacked">
        <thead>
          <tr>
            <Column>Step</Column>
            <th scope="col">At</th>
            <th scope="col">Actor</th>
            <th scope="col">Command</th>
            <th scope="col">Events</th>
            <th scope="col">Because of</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step, index) => (
            <Row
              key={step.position}
              step={step}
              place={index + 1}
              cause={step.cause === null ? undefined : causes.get(step.cause)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The event of an earlier step. */
interface Cause {
  readonly type: string;
  readonly place: number;
}

function Row(props: {
  readonly step: TraceStep;
  /** Among the steps: 1 is the first. */
  readonly place: number;
  readonly cause: Cause | undefined;
}) {
  const { step, place, cause } = props;
  const { position, at, actor, command, outcome, reason, events, policy, principal } = step;
  return (
    <tr>
      <NumberCell of="Step">{place}</NumberCell>
      <td data-label="At">
        <time dateTime={at} title={at}>
          {clock(at)}
        </time>
      </td>
      <td className="id" data-label="Actor">
        <ActorLink actor={actor} at={position} />
      </td>
      <td data-label="Command">
        {command}
        {outcome === 'rejected' && (
          <span className="refused">rejected{reason !== null && `: ${reason}`}</span>
        )}
      </td>
      <td data-label="Events">
        {events.length === 0 ? 'none' : events.map(({ type }) => type).join(', ')}
      </td>
      <td data-label="Because of">
        {policy === null ? (
          <>
            sent by <span className="id">{principal}</span>
          </>
        ) : (
          <>
            policy {policy}
            {cause && `, on ${cause.type} of step ${cause.place}`}
          </>
        )}
      </td>
    </tr>
  );
}
