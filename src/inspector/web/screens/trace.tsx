import type { Trace } from '../../protocol.ts';
import { IndexState } from '../parts/actor-counts.tsx';
import { Figure, number } from '../parts/figure.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { TraceChart } from '../parts/trace-chart.tsx';
import { TraceTable } from '../parts/trace-table.tsx';
import { UnderWayList } from '../parts/under-way.tsx';
import { When } from '../parts/when.tsx';
import type { ScreenProps } from '../screens.ts';
import { useAnswer } from '../use-answer.ts';
import '../style/trace.css';

const EVERY_MS = 2_000;

/** All that one cause led to. */
export function TraceScreen({ params, search }: ScreenProps) {
  const { correlationId = '' } = params;
  const at = search.get('at');
  const query = at === null ? '' : `?${new URLSearchParams({ at })}`;
  const path = `/traces/${encodeURIComponent(correlationId)}${query}`;
  const answer = useAnswer<Trace>(path, EVERY_MS);
  return (
    <div className="trace">
      <h1>
        Trace <span className="id">{correlationId}</span>
      </h1>
      <Answered answer={answer} what="the trace">
        {(trace) =>
          trace.steps.length === 0 ? <Nothing trace={trace} /> : <Shown trace={trace} />
        }
      </Answered>
    </div>
  );
}

function Shown({ trace }: { readonly trace: Trace }) {
  const { steps, pending, isCut, isIndexed, index } = trace;
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !last) return null;
  const tookMs = Date.parse(last.at) - Date.parse(first.at);
  return (
    <>
      {!isIndexed && (
        <p className="warning">
          The index has nothing of this trace: it was recorded before anybody looked, or too long
          ago. These are its steps on one actor; what it led to on others is not shown.
        </p>
      )}
      {isCut && <p className="warning">There may be more of this trace than is shown.</p>}
      <dl className="figures">
        <Figure name="Commands">{number(steps.length)}</Figure>
        <Figure name="Rejected">
          {number(steps.filter(({ outcome }) => outcome === 'rejected').length)}
        </Figure>
        <Figure name="Unfinished" isAlarming={pending.some(({ stage }) => stage === 'dead')}>
          {number(pending.length)}
        </Figure>
        <Figure name="From first to last">{number(tookMs)} ms</Figure>
      </dl>
      <p className="found">
        Began <When at={first.at} />. <IndexState index={index} />
      </p>
      <TraceChart trace={trace} />
      <Pending pending={pending} />
      <TraceTable steps={steps} />
    </>
  );
}

function Nothing({ trace: { pending, index } }: { readonly trace: Trace }) {
  return (
    <>
      <p className="empty">
        Nothing of this trace is found. The index has the last commands that were recorded, since
        somebody first looked at the inspector; it may come to it yet. <IndexState index={index} />
      </p>
      <p>
        What is older can be reached from an actor: <Link to="/actors">find the actor</Link>, choose
        the step, and open the trace from there.
      </p>
      <Pending pending={pending} />
    </>
  );
}

/** What of a trace has not come to its end. */
function Pending({ pending }: Pick<Trace, 'pending'>) {
  if (pending.length === 0) return null;
  return (
    <section>
      <h2>Unfinished</h2>
      <UnderWayList items={pending} now={null} isOfOneTrace />
    </section>
  );
}
