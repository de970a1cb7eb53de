import { type InstanceList, MASK, type PolicyFigures, type PolicyList } from '../../protocol.ts';
import { lettersAt, policyAt } from '../addresses.ts';
import { stateText } from '../difference.ts';
import { waited } from '../parts/ages.ts';
import { Figure, number } from '../parts/figure.tsx';
import { InstanceLink } from '../parts/instance-link.tsx';
import { JsonText } from '../parts/json.tsx';
import { Letters } from '../parts/letters.tsx';
import { Link } from '../parts/link.tsx';
import { PauseButton } from '../parts/pause-button.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import type { ScreenProps } from '../screens.ts';
import { useAnswer } from '../use-answer.ts';
import { MachineChart } from './machine.tsx';
import '../style/policies.css';

const EVERY_MS = 2_000;

/** One policy: how it fares, what it is in the middle of, what it gave up on, and its machine. */
export function PolicyScreen({ params: { name = '' }, search }: ScreenProps) {
  const answer = useAnswer<PolicyList>('/policies', EVERY_MS);
  return (
    <>
      <h1>
        <span className="id">{name}</span>
      </h1>
      <Answered answer={answer} what="the policy">
        {({ policies }) => {
          const policy = policies.find((each) => each.name === name);
          return policy ? (
            <>
              <Figures policy={policy} onChanged={answer.again} />
              <h2>Machine</h2>
              <MachineChart kind="policy" name={name} />
              <h2>Dead letters</h2>
              <Letters policy={name} error={null} cursor={null} onSettled={answer.again} />
              <h2>Instances</h2>
              <Instances name={name} cursor={search.get('cursor')} />
            </>
          ) : (
            <Empty>The app has no such policy.</Empty>
          );
        }}
      </Answered>
    </>
  );
}

function Figures(props: { readonly policy: PolicyFigures; readonly onChanged: () => void }) {
  const { policy, onChanged } = props;
  const { name, paused } = policy;
  return (
    <>
      <p className="pausing">
        {paused ? (
          <strong className="paused">
            Paused on all nodes: it takes nothing new, and all that comes waits.
          </strong>
        ) : (
          'Running'
        )}
        <PauseButton name={name} isPaused={paused} onChanged={onChanged} />
        {!paused && (
          <span className="note">Pausing stops it on all nodes: what comes then waits.</span>
        )}
      </p>
      <dl className="figures">
        <Figure name="Records behind">{number(policy.lag)}</Figure>
        <Figure name="In flight">{number(policy.inFlight)}</Figure>
        <Figure name="Retrying">{number(policy.retrying)}</Figure>
        <Figure name="Dead letters" isAlarming={policy.deadLetters > 0}>
          {policy.deadLetters > 0 ? (
            <Link to={lettersAt({ policy: name })}>{number(policy.deadLetters)}</Link>
          ) : (
            0
          )}
        </Figure>
        <Figure name="Timers">{number(policy.timers)}</Figure>
        <Figure name="Oldest waiting">{waited(policy.oldestPendingMs)}</Figure>
      </dl>
    </>
  );
}

function Instances({ name, cursor }: { readonly name: string; readonly cursor: string | null }) {
  const path = policyAt(name);
  const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  const answer = useAnswer<InstanceList>(`${path}/instances?limit=20${after}`, EVERY_MS);
  return (
    <Answered answer={answer} what="the instances">
      {({ items, nextCursor }) => (
        <>
          {items.length === 0 && <Empty>None: it has nothing under way.</Empty>}
          <ul className="instances">
            {items.map(({ id, value, context, waiting }, index) => (
              <li key={id.includes(MASK) ? index : id}>
                <InstanceLink policy={name} id={id} />
                <details>
                  <summary>
                    {value === null ? 'not begun' : <code>{stateText(value)}</code>}
                    {waiting > 0 && ` – ${number(waiting)} waiting`}
                  </summary>
                  <JsonText value={context} label={`Context of ${id}`} />
                </details>
              </li>
            ))}
          </ul>
          <p className="pages">
            {cursor !== null && <Link to={path}>First page</Link>}
            {nextCursor !== null && (
              <Link to={`${path}?cursor=${encodeURIComponent(nextCursor)}`}>Next page</Link>
            )}
          </p>
        </>
      )}
    </Answered>
  );
}
