import type { ActorUnderWay } from '../../protocol.ts';
import { actorAt, policyAt } from '../addresses.ts';
import { useAnswer } from '../use-answer.ts';
import { number } from './figure.tsx';
import { Link } from './link.tsx';
import { Answered, Empty } from './states.tsx';
import { UnderWayList } from './under-way.tsx';
import { When } from './when.tsx';

const EVERY_MS = 2_000;

/** What has not come to its end because of an actor, or on the way to it. */
export function ActorUnderWaySection({ type, id }: { readonly type: string; readonly id: string }) {
  const answer = useAnswer<ActorUnderWay>(`${actorAt({ type, id })}/under-way`, EVERY_MS);
  return (
    <section aria-labelledby="under-way">
      <h2 id="under-way">Under way</h2>
      <Answered answer={answer} what="what is under way">
        {(value) => <Shown {...value} />}
      </Answered>
    </section>
  );
}

function Shown({ now, behind, items, awaited, isCut, ofSteps }: ActorUnderWay) {
  const isNothing = behind.length + items.length + awaited.length === 0;
  return (
    <>
      {isCut && (
        <p className="warning">
          So much is under way that not all of it was looked through: there may be more of this
          actor.
        </p>
      )}
      {isNothing && !isCut && (
        <Empty>
          {ofSteps === null
            ? 'Nothing: all that it caused has come to its end.'
            : `Nothing: all that its last ${number(ofSteps)} steps caused has come to its end.`}
        </Empty>
      )}
      <BehindList behind={behind} />
      <AwaitedList awaited={awaited} />
      <UnderWayList items={items} now={now} />
    </>
  );
}

function BehindList({ behind }: Pick<ActorUnderWay, 'behind'>) {
  if (behind.length === 0) return null;
  return (
    <ul className="lags">
      {behind.map(({ kind, name, isPaused, steps }) => (
        <li key={`${kind} ${name}`}>
          {kind === 'policy' ? (
            <>
              The policy <Link to={policyAt(name)}>{name}</Link>
            </>
          ) : (
            <>
              The read model <span className="id">{name}</span>
            </>
          )}{' '}
          has not passed {steps === 1 ? 'its last step' : `its last ${number(steps)} steps`}
          {isPaused && (
            <>
              {': '}
              <strong className="paused">it is paused</strong>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function AwaitedList({ awaited }: Pick<ActorUnderWay, 'awaited'>) {
  if (awaited.length === 0) return null;
  return (
    <ul className="lags">
      {awaited.map(({ commandId, command, at, principal }) => (
        <li key={commandId}>
          <code>{command}</code> of <span className="id">{principal}</span>, to be answered later,
          waits since <When at={at} />
        </li>
      ))}
    </ul>
  );
}
