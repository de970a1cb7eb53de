import { useMemo } from 'react';
import type { CausingEvent, Chart, InstanceDetail } from '../../protocol.ts';
import { instanceAt, policyAt, traceAt } from '../addresses.ts';
import { stateText } from '../difference.ts';
import { ChartView, type Lit } from '../parts/chart.tsx';
import { EventLink } from '../parts/event-link.tsx';
import { number } from '../parts/figure.tsx';
import { JsonText } from '../parts/json.tsx';
import { Letters } from '../parts/letters.tsx';
import { Link } from '../parts/link.tsx';
import { MessageType } from '../parts/message-type.tsx';
import { StateValue } from '../parts/state-value.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { UnderWayList } from '../parts/under-way.tsx';
import { When } from '../parts/when.tsx';
import type { ScreenProps } from '../screens.ts';
import { useAnswer } from '../use-answer.ts';
import '../style/actor.css';
import '../style/policies.css';

const EVERY_MS = 2_000;

/** One instance of a policy: what it is in the middle of. */
export function InstanceScreen({ params: { name = '', id = '' } }: ScreenProps) {
  const answer = useAnswer<InstanceDetail>(instanceAt(name, id), EVERY_MS);
  const isGone = answer.problem?.status === 404;
  return (
    <>
      <h1>
        <Link to={policyAt(name)} className="id">
          {name}
        </Link>{' '}
        <span className="id">{id}</span>
      </h1>
      {isGone ? (
        <Gone last={answer.value} />
      ) : (
        <Answered answer={answer} what="the instance">
          {(instance) => <Shown instance={instance} id={id} onSettled={answer.again} />}
        </Answered>
      )}
    </>
  );
}

/** It was never there, or has come to its end. */
function Gone({ last }: { readonly last: InstanceDetail | null }) {
  const began = last?.began;
  return (
    <>
      <Empty>
        {last === null
          ? 'There is no such instance: it has come to its end, or never began. What it did is in the trace of the event that it was for.'
          : 'It has come to its end.'}
      </Empty>
      {began && (
        <p>
          <Link to={traceAt(began.correlationId, began.position)}>
            See what it did in its trace
          </Link>
        </p>
      )}
    </>
  );
}

interface ShownProps {
  readonly instance: InstanceDetail;
  /** As it was asked for. */
  readonly id: string;
  readonly onSettled: () => void;
}

function Shown({ instance, id, onSettled }: ShownProps) {
  const { policy, now, state, timers, effects, commands, warning, isCut } = instance;
  const chart = useAnswer<Chart>(`/machines/policy/${encodeURIComponent(policy)}`);
  const lit = useMemo(
    (): Lit => ({
      active: new Set(state ? ['', ...state.active] : []),
      taken: new Set(),
      possible: new Set(instance.possible),
    }),
    [state, instance.possible],
  );
  return (
    <>
      <Moment instance={instance} />
      {warning !== null && <p className="warning">{warning}</p>}
      {isCut && (
        <p className="warning">
          So much is under way that not all of it was looked through: this instance may have more
          commands, messages and dead letters than are shown.
        </p>
      )}
      <div className="looked">
        <Answered answer={chart} what="the chart">
          {(value) => <ChartView chart={value} lit={lit} />}
        </Answered>
        <div className="beside">
          <State instance={instance} />
        </div>
      </div>
      <h2>Timers</h2>
      {timers.length === 0 ? (
        <Empty>It waits for no time to pass.</Empty>
      ) : (
        <UnderWayList items={timers} now={now} isOfOne />
      )}
      {effects.length > 0 && (
        <>
          <h2>Effects</h2>
          <UnderWayList
            items={effects}
            now={now}
            isOfOne
            more={({ id: of, input }) => <More what="Input" of={of} value={input} />}
          />
        </>
      )}
      <h2>Commands without an outcome</h2>
      {commands.length === 0 ? (
        <Empty>All that it sent has its outcome.</Empty>
      ) : (
        <UnderWayList
          items={commands}
          now={now}
          isOfOne
          more={({ id: of, data }) => <More what="Data" of={of} value={data} />}
        />
      )}
      <Queue instance={instance} />
      <h2>Dead letters</h2>
      <Letters policy={policy} instance={id} error={null} cursor={null} onSettled={onSettled} />
      <Taken events={instance.taken} />
    </>
  );
}

function Moment({
  instance: { state, incarnation, began, queue, isMasked },
}: Pick<ShownProps, 'instance'>) {
  return (
    <p className="moment" role="status">
      <strong>Now</strong>
      {incarnation === null && ' · none runs'}
      {began && (
        <>
          {' · began with '}
          <EventLink event={began} />
          {', '}
          <When at={began.at} />
          {' · '}
          <Link to={traceAt(began.correlationId, began.position)}>Trace</Link>
        </>
      )}
      {incarnation !== null && began === null && (
        <>
          {' · began with the event '}
          <span className="id">{incarnation}</span>
        </>
      )}
      {state !== null && state.status !== 'active' && ` · ${state.status}`}
      {queue.isParked && (
        <strong className="paused"> · parked: it waits behind its dead letter</strong>
      )}
      {isMasked && ' · personal fields are masked'}
    </p>
  );
}

function State({ instance: { state, awaits, incarnation } }: Pick<ShownProps, 'instance'>) {
  if (state === null) {
    return (
      <>
        <h2>State</h2>
        <Empty>
          {incarnation === null
            ? 'None: it has come to its end, or begins when the first of its messages is taken.'
            : 'It cannot be told.'}
        </Empty>
      </>
    );
  }
  return (
    <>
      <h2>State</h2>
      <StateValue value={stateText(state.value)} />
      <h2>Context</h2>
      <JsonText value={state.context} label="Context" />
      <h2>Messages it has a rule for</h2>
      {awaits.length === 0 ? (
        <Empty>None: what comes is parked.</Empty>
      ) : (
        <ul className="commands-now open">
          {awaits.map(({ type }) => (
            <li key={type}>
              <MessageType type={type} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Queue({ instance: { queue, now } }: Pick<ShownProps, 'instance'>) {
  const { count, isParked, messages } = queue;
  if (count === 0) return null;
  const hidden = count - messages.length;
  return (
    <section aria-labelledby="waiting">
      <h2 id="waiting">Waiting messages ({number(count)})</h2>
      <p className="note">
        {isParked
          ? 'They are taken in their order when the dead letter is retried or discarded.'
          : 'They are taken in their order, one when the one before it is done.'}
      </p>
      <UnderWayList
        items={messages}
        now={now}
        isOfOne
        more={({ id, message }) => <More what="Message" of={id} value={message} />}
      />
      {hidden > 0 && <p className="note">{number(hidden)} more wait behind these.</p>}
    </section>
  );
}

function Taken({ events }: { readonly events: readonly CausingEvent[] }) {
  if (events.length === 0) return null;
  return (
    <>
      <h2>The last events it took</h2>
      <ul className="taken">
        {events.map((event) => (
          <li key={event.id}>
            <EventLink event={event} />, <When at={event.at} />{' '}
            <Link to={traceAt(event.correlationId, event.position)}>Trace</Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function More(props: { readonly what: string; readonly of: string; readonly value: unknown }) {
  const { what, of, value } = props;
  return (
    <details>
      <summary>{what}</summary>
      <JsonText value={value} label={`${what} of ${of}`} />
    </details>
  );
}
