import { useCallback, useMemo, useState } from 'react';
import type { ActorDetail, Chart, PastState, ShownState } from '../../protocol.ts';
import { actorAt, actorsAt, machineAt } from '../addresses.ts';
import { stateText } from '../difference.ts';
import { useActor } from '../follow-actor.ts';
import { ActorUnderWaySection } from '../parts/actor-under-way.tsx';
import { ChartView, type Lit } from '../parts/chart.tsx';
import { CommandsNow } from '../parts/commands-now.tsx';
import { number } from '../parts/figure.tsx';
import { JsonText } from '../parts/json.tsx';
import { Link } from '../parts/link.tsx';
import { Scrubber } from '../parts/scrubber.tsx';
import { StateValue } from '../parts/state-value.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { StepDetail } from '../parts/step-detail.tsx';
import { StepList } from '../parts/step-list.tsx';
import { When } from '../parts/when.tsx';
import type { ScreenProps } from '../screens.ts';
import { go } from '../store.ts';
import { type Answer, useAnswer } from '../use-answer.ts';
import { type Travel, useTravel } from '../use-travel.ts';
import '../style/actor.css';

/** One actor: as it is now, or as it was after the step that the address names. */
export function ActorScreen({ params, search }: ScreenProps) {
  const { type = '', id = '' } = params;
  return <OneActor key={`${type}/${id}`} type={type} id={id} at={search.get('at')} />;
}

interface ActorProps {
  readonly type: string;
  readonly id: string;
  /** Position of the step that is looked at; `null`: the present. */
  readonly at: string | null;
}

function OneActor({ type, id, at }: ActorProps) {
  const path = actorAt({ type, id });
  const detail = useActor(type, id);
  const isUnknown = detail.problem?.status === 404;
  const hrefOf = useCallback(
    (position: string | null) => actorAt({ type, id }, position ?? undefined),
    [type, id],
  );
  const choose = useCallback(
    (position: string | null) => go(hrefOf(position), 'replace'),
    [hrefOf],
  );
  const records = detail.value?.records ?? null;
  const travel = useTravel(`${path}/history`, at, records, choose);
  const position = at ?? travel.chosen?.step.position ?? null;
  const past = useLatest(useAnswer<PastState>(position && `${path}/at/${position}`));
  const chart = useAnswer<Chart>(machineAt('aggregate', type));
  return (
    <>
      <h1>
        {type} <span className="id">{id}</span>
      </h1>
      {isUnknown ? (
        <Unknown type={type} id={id} />
      ) : (
        <Answered answer={detail} what="the actor">
          {(actor) => (
            <>
              <p className="unseen" role="status">
                {placeOf(at, travel)}
              </p>
              {at === null ? <Now actor={actor} /> : <ThePast past={past.value} travel={travel} />}
              {at === null && actor.warning !== null && <p className="warning">{actor.warning}</p>}
              {past.value && past.value.warning !== null && (
                <p className="warning">{past.value.warning}</p>
              )}
              <Scrubber travel={travel} isLive={at === null} />
              {travel.problem && (
                <p className="problem" role="alert">
                  {travel.problem.message}
                </p>
              )}
              <Looked actor={actor} past={past.value} isLive={at === null} chart={chart} />
              {at === null && <ActorUnderWaySection type={type} id={id} />}
              <section aria-labelledby="step">
                <h2 id="step">{at === null ? 'Its last step' : 'This step'}</h2>
                <Answered answer={past} what="the step">
                  {(value) => <StepDetail past={value} path={path} />}
                </Answered>
              </section>
              <StepList travel={travel} hrefOf={hrefOf} />
            </>
          )}
        </Answered>
      )}
    </>
  );
}

/** Where one is, to be said aloud: not what goes on there by itself. */
function placeOf(at: string | null, { chosen, extent }: Travel): string {
  if (at === null) return 'Now';
  if (chosen === null || extent === null) return '';
  const { index, step } = chosen;
  return `In the past: step ${extent.total - index}, ${step.command}, ${step.outcome}`;
}

/** Nothing was ever recorded of it; something may be on its way to it all the same. */
function Unknown({ type, id }: Pick<ActorProps, 'type' | 'id'>) {
  return (
    <>
      <Empty>
        Nothing was ever recorded of it. <Link to={actorsAt('')}>Find another</Link>, or{' '}
        <Link to="/console">send it a command</Link>.
      </Empty>
      <ActorUnderWaySection type={type} id={id} />
    </>
  );
}

/** Keeps showing the answer before, while another is awaited: going step by step does not flicker. */
function useLatest<T>(answer: Answer<T>): Answer<T> {
  const [last, setLast] = useState<T | null>(null);
  if (answer.value !== null && answer.value !== last) setLast(answer.value);
  return { ...answer, value: answer.value ?? (answer.problem ? null : last) };
}

function Now({ actor }: { readonly actor: ActorDetail }) {
  return (
    <p className="moment">
      <strong>Now</strong> · version {number(actor.version)}
      {actor.version === 0 && ' · it does not exist: all that came was rejected'}
      {actor.isMasked && ' · personal fields are masked'}
    </p>
  );
}

function ThePast({ past, travel }: { readonly past: PastState | null; readonly travel: Travel }) {
  return (
    <p className="moment past">
      <span>
        <strong>Viewing the past</strong>
        {past && (
          <>
            {' '}
            · after {past.step.command}, version {number(past.step.version)},{' '}
            <When at={past.step.at} />
          </>
        )}
      </span>{' '}
      <button type="button" onClick={() => travel.move({ to: 'now' })}>
        Back to now <kbd>Esc</kbd>
      </button>
    </p>
  );
}

interface LookedProps {
  readonly actor: ActorDetail;
  readonly past: PastState | null;
  readonly isLive: boolean;
  readonly chart: Answer<Chart>;
}

/** The chart, and beside it the state that it shows. */
function Looked({ actor, past, isLive, chart }: LookedProps) {
  const state = isLive ? actor.state : (past?.after ?? null);
  const commands = (isLive ? actor : past)?.commands;
  const lit = useMemo(
    (): Lit => ({
      // The root is, where anything is: of a machine of one state it is all there is to see.
      active: new Set(state ? ['', ...state.active] : []),
      taken: new Set(past?.taken),
      possible: new Set(commands?.possible),
    }),
    [state, past, commands],
  );
  return (
    <div className="looked">
      <Answered answer={chart} what="the chart">
        {(value) => <ChartView chart={value} lit={lit} />}
      </Answered>
      <div className="beside">
        <StateFigures state={state} />
        {state !== null && commands && (
          <CommandsNow commands={commands} id={actor.id} isDone={state.status === 'done'} />
        )}
        {isLive && <Holdings actor={actor} />}
      </div>
    </div>
  );
}

function StateFigures({ state }: { readonly state: ShownState | null }) {
  if (state === null) return <Empty>Its state cannot be told.</Empty>;
  return (
    <>
      <h2>State</h2>
      <StateValue value={stateText(state.value)}>
        {state.status !== 'active' && ` (${state.status})`}
      </StateValue>
      <h2>Context</h2>
      <JsonText value={state.context} label="Context" />
    </>
  );
}

function Holdings({ actor: { collections, claims, view } }: { readonly actor: ActorDetail }) {
  return (
    <>
      {collections.length > 0 && (
        <>
          <h2>Collections</h2>
          <dl className="pairs">
            {collections.map(({ name, size }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd className="number">{number(size)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {claims.length > 0 && (
        <>
          <h2>Claims it holds</h2>
          <ul className="claims">
            {claims.map((claim) => (
              <li key={claim} className="id">
                {claim}
              </li>
            ))}
          </ul>
        </>
      )}
      {view !== null && (
        <>
          <h2>What others see</h2>
          <JsonText value={view} label="Public view" />
        </>
      )}
    </>
  );
}
