import type { HistoryStep, PastState, StepCause } from '../../protocol.ts';
import { policyAt, traceAt } from '../addresses.ts';
import { stateText } from '../difference.ts';
import { useAnswer } from '../use-answer.ts';
import { DifferenceList } from './difference.tsx';
import { EventLink } from './event-link.tsx';
import { InstanceLink } from './instance-link.tsx';
import { JsonText } from './json.tsx';
import { Link } from './link.tsx';
import { OpenInConsole } from './open-in-console.tsx';
import { Empty } from './states.tsx';
import { When } from './when.tsx';

/** What a step was caused by, and what it came to. */
export function StepDetail(props: {
  readonly past: PastState;
  /** Where the actor's own routes lie. */
  readonly path: string;
}) {
  const { past, path } = props;
  const { step, before, after, data, facts, eventData } = past;
  return (
    <>
      <Cause step={step} path={path} />
      <div className="halves">
        <section>
          <h3>What it changed</h3>
          {before && after ? (
            <DifferenceList
              before={{ state: stateText(before.value), context: before.context }}
              after={{ state: stateText(after.value), context: after.context }}
            />
          ) : (
            <Empty>What was before it cannot be told any more.</Empty>
          )}
          <h3>Events</h3>
          {eventData.length === 0 && <Empty>It recorded no event.</Empty>}
          {eventData.map((event, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step's events stand as they are
            <div key={index}>
              <h4>{event.type}</h4>
              <JsonText value={event.data} label={`Data of ${event.type}`} />
            </div>
          ))}
        </section>
        <section>
          <h3>Data of the command</h3>
          <JsonText value={data} label="Data of the command" />
          <OpenInConsole command={step.command} data={data} />
          <h3>Facts it was decided on</h3>
          {isEmpty(facts) ? (
            <Empty>It asked for none.</Empty>
          ) : (
            <JsonText value={facts} label="Facts" />
          )}
        </section>
      </div>
    </>
  );
}

function Cause({ step, path }: { readonly step: HistoryStep; readonly path: string }) {
  return (
    <dl className="cause">
      <div>
        <dt>Command</dt>
        <dd>
          <strong>{step.command}</strong> <Outcome step={step} />
        </dd>
      </div>
      <div>
        <dt>At</dt>
        <dd>
          <When at={step.at} />
        </dd>
      </div>
      <div>
        <dt>Sent by</dt>
        <dd className="id">
          {step.policy === null ? (
            step.principal
          ) : (
            <Sender policy={step.policy} of={`${path}/at/${step.position}`} />
          )}
        </dd>
      </div>
      <div>
        <dt>Version after it</dt>
        <dd>{step.version}</dd>
      </div>
      <div>
        <dt>Trace</dt>
        <dd className="id">
          <Link to={traceAt(step.correlationId, step.position)}>{step.correlationId}</Link>
        </dd>
      </div>
      <div>
        <dt>Command id</dt>
        <dd className="id">{step.commandId}</dd>
      </div>
    </dl>
  );
}

/**
 * The policy that sent a step's command, and, where it can be told, its instance and the event it was for.
 * @param of where the step's routes lie
 */
function Sender({ policy, of }: { readonly policy: string; readonly of: string }) {
  const { value } = useAnswer<StepCause>(`${of}/cause`);
  return (
    <>
      policy <Link to={policyAt(policy)}>{policy}</Link>
      {value?.instance && (
        <>
          {', instance '}
          <InstanceLink policy={policy} id={value.instance} />
        </>
      )}
      {value?.event && (
        <>
          {', for '}
          <EventLink event={value.event} />
        </>
      )}
    </>
  );
}

/** What became of a command: a word, never a colour alone. */
export function Outcome({ step: { outcome } }: { readonly step: HistoryStep }) {
  return <span className={`outcome ${outcome}`}>{outcome}</span>;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && (value === null || Object.keys(value).length === 0);
}
