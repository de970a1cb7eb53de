import type { Chart } from '../../protocol.ts';
import { actorsAt } from '../addresses.ts';
import { ChartView, type Lit } from '../parts/chart.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import type { ScreenProps } from '../screens.ts';
import { useAnswer } from '../use-answer.ts';
import '../style/actor.css';

const NOTHING: ReadonlySet<string> = new Set();
const UNLIT: Lit = { active: NOTHING, taken: NOTHING, possible: NOTHING };

/** A machine of the app, as such: no state of it is active. */
export function MachineScreen({ params: { kind = '', name = '' } }: ScreenProps) {
  return (
    <>
      <h1>
        {kind} <span className="id">{name}</span>
      </h1>
      {kind === 'aggregate' && (
        <p>
          The machine of every actor of this type.{' '}
          <Link to={actorsAt(`type:${name}`)}>See these actors</Link>
        </p>
      )}
      <MachineChart kind={kind} name={name} />
    </>
  );
}

/** Its statechart. */
export function MachineChart({ kind, name }: { readonly kind: string; readonly name: string }) {
  const path = `/machines/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
  const answer = useAnswer<Chart>(path);
  return (
    <Answered answer={answer} what="the chart">
      {(chart) => <ChartView chart={chart} lit={UNLIT} />}
    </Answered>
  );
}
