import type { TraceStep } from '../../protocol.ts';
import { actorAt } from '../addresses.ts';
import { Link } from './link.tsx';
import { clock } from './when.tsx';

/** The steps of a trace, one after another, with what caused each. */
export function TraceTable({ steps }: { readonly steps: readonly TraceStep[] }) {
  const causes = new Map(
    steps.flatMap((step, index) =>
      step.events.map(({ id, type }) => [id, { type, number: index + 1 }]),
    ),
  );
  return (
    <section aria-labelledby="trace-steps">
      <h2 id="trace-steps">Steps</h2>
      <table className="trace-steps stacked">
        <thead>
          <tr>
            <th scope="col" className="number">
              Step
            </th>
            <th scope="col">At</th>
            <th scope="col">Actor</th>
            <th scope="col">Command</th>
            <th scope="col">Events</th>
            <th scope="col">Because of</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step, index) => {
            const cause = step.cause === null ? undefined : causes.get(step.cause);
            return (
              <tr key={step.position}>
                <td className="number" data-label="Step">
                  {index + 1}
                </td>
                <td data-label="At">
                  <time dateTime={step.at} title={step.at}>
                    {clock(step.at)}
                  </time>
                </td>
                <td className="id" data-label="Actor">
                  <Link to={actorAt(step.actor, step.position)}>
                    {step.actor.type}:{step.actor.id}
                  </Link>
                </td>
                <td data-label="Command">
                  {step.command}
                  {step.outcome === 'rejected' && (
                    <span className="refused">
                      rejected{step.reason !== null && `: ${step.reason}`}
                    </span>
                  )}
                </td>
                <td data-label="Events">
                  {step.events.length === 0
                    ? 'none'
                    : step.events.map(({ type }) => type).join(', ')}
                </td>
                <td data-label="Because of">
                  {step.policy === null ? (
                    <>
                      sent by <span className="id">{step.principal}</span>
                    </>
                  ) : (
                    <>
                      policy {step.policy}
                      {cause && `, on ${cause.type} of step ${cause.number}`}
                    </>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
