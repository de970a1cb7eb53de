import { useEffect, useRef } from 'react';
import type { DryRun } from '../../protocol.ts';
import { traceAt } from '../addresses.ts';
import type { Problem } from '../api.ts';
import type { Came, CommandAnswer } from '../console/use-attempt.ts';
import { stateText } from '../difference.ts';
import { ActorLink } from './actor-link.tsx';
import { DifferenceList } from './difference.tsx';
import { JsonText } from './json.tsx';
import { Link } from './link.tsx';

/** What became of asking about a command, or of sending it; the verdict is said aloud when it comes. */
export function AttemptResult({ came }: { readonly came: Came }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const isThere = came.kind !== 'nothing' && came.kind !== 'underway';
    // On a narrow window it stands below the form.
    if (isThere) place.current?.scrollIntoView({ block: 'nearest' });
  }, [came]);
  return (
    <section ref={place} className="attempt" aria-label="What it came to">
      {/* The rest can be long: it is read by those who go there. */}
      <div role="status">
        <Verdict came={came} />
      </div>
      <Rest came={came} />
    </section>
  );
}

function Verdict({ came }: { readonly came: Came }) {
  switch (came.kind) {
    case 'nothing':
      return null;
    case 'underway':
      return <p className="loading">{came.what === 'asked' ? 'Asking …' : 'Sending …'}</p>;
    case 'asked':
      return <AskedVerdict result={came.result} />;
    case 'sent': {
      const { events = [] } = came.answer;
      return (
        <Said
          tone="good"
          title={events.length > 0 ? 'Accepted' : 'Accepted, and nothing changed'}
        />
      );
    }
    case 'refused':
      return <RefusedVerdict problem={came.problem} />;
  }
}

function Rest({ came }: { readonly came: Came }) {
  switch (came.kind) {
    case 'nothing':
    case 'underway':
      return null;
    case 'asked':
      return <Asked result={came.result} />;
    case 'sent':
      return <Accepted answer={came.answer} />;
    case 'refused':
      return <Refused problem={came.problem} what={came.what} />;
  }
}

type Tone = 'good' | 'bad' | 'warn';

function Said(props: { readonly tone: Tone; readonly title: string; readonly detail?: string }) {
  const { tone, title, detail } = props;
  return (
    <div className={`verdict ${tone}`}>
      <h2>
        <span aria-hidden="true">{tone === 'good' ? '✓' : tone === 'bad' ? '✗' : '!'}</span> {title}
      </h2>
      {detail !== undefined && <p>{detail}</p>}
    </div>
  );
}

function AskedVerdict({ result }: { readonly result: DryRun }) {
  if (result.status === 'failed') {
    return <Said tone="warn" title={`It would fail: ${result.code}`} detail={result.detail} />;
  }
  const { status, reason, events } = result;
  const detail = reason === null ? {} : { detail: reason };
  if (status !== 'accepted') return <Said tone="bad" title="It would be rejected" {...detail} />;
  const isSomething = changes(result) || events.length > 0;
  const title = isSomething ? 'It would be accepted' : 'It would be accepted, and change nothing';
  return <Said tone="good" title={title} {...detail} />;
}

type Decided = Exclude<DryRun, { readonly status: 'failed' }>;

function changes({ before, after }: Decided): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

function Asked({ result }: { readonly result: DryRun }) {
  if (result.status === 'failed') return null;
  const { status, actor, events, before, after, facts, claims } = result;
  return (
    <>
      <p className="dim">
        Nothing was saved. <ActorLink actor={actor} />
        {before &&
          after &&
          (stateText(before.value) === '' ? ' exists.' : ` stands at ${stateText(before.value)}.`)}
        {!before && ' does not exist yet.'}
      </p>
      <EventList events={events} what="It would record" />
      {status === 'accepted' && changes(result) && (
        <>
          <h3>What would change</h3>
          <DifferenceList before={before?.context ?? {}} after={after?.context ?? {}} />
        </>
      )}
      <details>
        <summary>What its rules were told</summary>
        <JsonText value={{ facts, claims }} label="Facts and claims" />
      </details>
      {result.isMasked && <p className="dim">What is personal is masked.</p>}
    </>
  );
}

function Accepted({ answer: { actor, events = [] } }: { readonly answer: CommandAnswer }) {
  return (
    <>
      <Places actor={actor} trace={events[0]?.correlationId} />
      <EventList events={events} what="It recorded" />
    </>
  );
}

function RefusedVerdict({ problem: { code, status, message } }: { readonly problem: Problem }) {
  const isRejected = code === 'rejected';
  return (
    <Said
      tone={isRejected || status === 422 ? 'bad' : 'warn'}
      title={isRejected ? 'Rejected' : status === 422 ? 'Not valid' : 'Not decided'}
      detail={status > 0 && !isRejected ? `${message} (${code})` : message}
    />
  );
}

function Refused(props: { readonly problem: Problem; readonly what: 'asked' | 'sent' }) {
  const { code, status, told } = props.problem;
  const isUnknown = props.what === 'sent' && (status === 0 || status === 500 || status === 503);
  return (
    <>
      {isUnknown && (
        <p>
          Whether it took effect is unknown. Send it again: it goes under the same key, and takes
          effect once.
        </p>
      )}
      <Faults faults={told.errors ?? []} />
      {code === 'rejected' && <Places actor={told.actor} trace={told.traceId} />}
      <EventList events={told.events ?? []} what="It recorded" />
    </>
  );
}

function Faults(props: { readonly faults: readonly { field: string; message: string }[] }) {
  const { faults } = props;
  if (faults.length === 0) return null;
  return (
    <ul>
      {faults.map(({ field, message }) => (
        <li key={`${field} ${message}`}>
          <code>{field.replace(/^data\.?/, '') || 'the data'}</code>: {message}
        </li>
      ))}
    </ul>
  );
}

type Actor = NonNullable<CommandAnswer['actor']>;

function Places(props: { readonly actor: Actor | undefined; readonly trace: string | undefined }) {
  const { actor, trace } = props;
  return (
    <p>
      {actor && (
        <>
          <ActorLink actor={actor} /> at version {actor.version}
        </>
      )}
      {trace !== undefined && (
        <>
          {' · '}
          <Link to={traceAt(trace)}>What it led to</Link>
        </>
      )}
    </p>
  );
}

function EventList(props: {
  readonly events: readonly { readonly type: string; readonly data: unknown }[];
  readonly what: string;
}) {
  const { events, what } = props;
  if (events.length === 0) return null;
  return (
    <>
      <h3>{what}</h3>
      {events.map(({ type, data }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an event is its place
        <div key={index}>
          <p className="event">{type}</p>
          <JsonText value={data} label={`Data of ${type}`} />
        </div>
      ))}
    </>
  );
}
