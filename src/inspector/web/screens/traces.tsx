import { useState } from 'react';
import type { LatestTraces } from '../../protocol.ts';
import { traceAt } from '../addresses.ts';
import { LatestTable } from '../parts/latest-traces.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { go } from '../store.ts';
import { useAnswer } from '../use-answer.ts';
import { useHold } from '../use-hold.ts';
import '../style/trace.css';

const EVERY_MS = 2_000;

/** Opens a trace: one of the latest, or any by its id. */
export function TracesScreen() {
  const { isHeld, handlers } = useHold();
  const latest = useAnswer<LatestTraces>('/traces', isHeld ? 0 : EVERY_MS);
  const [id, setId] = useState('');
  const wanted = id.trim();
  return (
    <>
      <h1>Traces</h1>
      <p>
        A trace is all that one command from outside led to: what it changed, what policies made of
        that, on which actors. Its id is the <code>traceId</code> of an answer, the{' '}
        <code>correlationId</code> of an event, or the trace that a client sent along.
      </p>
      <form
        className="open-trace"
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted !== '') go(traceAt(wanted));
        }}
      >
        <label htmlFor="trace">Trace id</label>
        <input
          id="trace"
          value={id}
          maxLength={128}
          autoComplete="off"
          spellCheck={false}
          placeholder="4bf92f3577b34da6a3ce929d0e0e4736"
          onChange={(event) => setId(event.target.value)}
        />
        <button type="submit" disabled={wanted === ''}>
          Open
        </button>
      </form>
      <section aria-labelledby="latest" {...handlers}>
        <h2 id="latest">Latest traces</h2>
        <Answered answer={latest} what="the latest traces">
          {({ items }) =>
            items.length === 0 ? (
              <Empty>
                Nothing was recorded yet. <Link to="/console">Send a first command</Link>
              </Empty>
            ) : (
              <>
                <p className="note">Read anew every other second, but not while you are in it.</p>
                <LatestTable items={items} />
              </>
            )
          }
        </Answered>
      </section>
    </>
  );
}
