import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, useState } from 'react';
import type { ActorRow } from '../../protocol.ts';
import { actorAt, actorsAt } from '../addresses.ts';
import { type ActorPages, keyOf } from '../use-actor-pages.ts';
import { Link } from './link.tsx';
import { Empty } from './states.tsx';
import { When } from './when.tsx';

/** About how high a row is, in pixels, until it is there. */
const ROW_PIXELS = 41;
/** Rows from the end from which on more are read. */
const AHEAD_ROWS = 20;

/** Rows of actors, as many as are seen; more are read as one goes down. */
export function ActorList({ pages, q }: { readonly pages: ActorPages; readonly q: string }) {
  const { first, rows, hasMore, more } = pages;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) =>
      keyOf(rows[index] ?? { type: '', id: '', state: '', version: 0, lastAt: null }),
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that could not be read is asked for again when the first one could
  useEffect(() => {
    if (hasMore && last >= rows.length - AHEAD_ROWS) more();
  }, [hasMore, last, rows.length, more, first]);
  useKeys(rows.length, (index) => virtual.scrollToIndex(index), scroller);

  if (rows.length === 0 && !hasMore) return <NoRows pages={pages} q={q} />;
  return (
    <div className="actor-list">
      <div className="actor-row list-top" aria-hidden="true">
        <span>Actor</span>
        <span>State</span>
        <span className="number">Version</span>
        <span>Last recorded</span>
      </div>
      <div ref={scroller} className="scroller">
        <ul className="rows" aria-label="Actors" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, key, start }) => {
            const row = rows[index];
            return (
              row && (
                <Row
                  key={key}
                  row={row}
                  index={index}
                  start={start}
                  setSize={hasMore ? -1 : rows.length}
                  measure={virtual.measureElement}
                />
              )
            );
          })}
        </ul>
      </div>
    </div>
  );
}

/** Where the index is behind, those asked for may still come. */
function NoRows({ pages: { first }, q }: { readonly pages: ActorPages; readonly q: string }) {
  const { lag = 0, isBeginning = false } = first?.index ?? {};
  if (lag > 0 || isBeginning) {
    return <Empty>None so far: the index is being made, and actors appear here as it goes.</Empty>;
  }
  if (q === '') {
    return (
      <Empty>
        There are no actors yet: the first command that is accepted makes the first one.{' '}
        <Link to="/console">Send one</Link>
      </Empty>
    );
  }
  return (
    <Empty>
      No actor is like that. <Link to={actorsAt('')}>All actors</Link>
    </Empty>
  );
}

interface RowProps {
  readonly row: ActorRow;
  readonly index: number;
  /** From the top of the list, in pixels. */
  readonly start: number;
  /** How many rows there are; -1: that is not known yet. */
  readonly setSize: number;
  readonly measure: (element: HTMLElement | null) => void;
}

/** One row: drawn anew where it is another or goes elsewhere, not with every step of scrolling. */
const Row = memo(function Row({ row, index, start, setSize, measure }: RowProps) {
  return (
    <li
      ref={measure}
      data-index={index}
      aria-posinset={index + 1}
      aria-setsize={setSize}
      className="actor-row"
      style={{ transform: `translateY(${start}px)` }}
    >
      <Cells row={row} />
    </li>
  );
});

function Cells({ row: { type, id, state, version, lastAt } }: { readonly row: ActorRow }) {
  const to = actorAt({ type, id });
  return (
    <>
      <span className="id name">
        <Link to={to} title={`${type}:${id}`}>
          <span className="kind">{type}:</span>
          {id}
        </Link>
      </span>
      <span className="state">{state === '' ? '—' : state}</span>
      <span className="number version">
        <span className="word">version </span>
        {version}
      </span>
      <span className="last">
        {lastAt === null ? 'longer ago than history is kept' : <When at={lastAt} />}
      </span>
    </>
  );
}

/** `j` and `k` go from row to row. */
function useKeys(
  count: number,
  show: (index: number) => void,
  scroller: { readonly current: HTMLDivElement | null },
): void {
  const [wanted, setWanted] = useState<number | null>(null);
  const showing = useRef(show);
  showing.current = show;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      const isTyping = target instanceof HTMLElement && target.matches('input, select, textarea');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if ((key !== 'j' && key !== 'k') || count === 0) return;
      event.preventDefault();
      const row = document.activeElement?.closest('[data-index]');
      const at = row instanceof HTMLElement ? Number(row.dataset.index) : -1;
      const next = Math.max(0, Math.min(count - 1, at + (key === 'j' ? 1 : -1)));
      showing.current(next);
      setWanted(next);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [count]);
  // It is there once it was drawn.
  useEffect(() => {
    if (wanted === null) return;
    const link = scroller.current?.querySelector<HTMLElement>(`[data-index="${wanted}"] a`);
    if (!link) return;
    link.focus({ preventScroll: true });
    setWanted(null);
  });
}
