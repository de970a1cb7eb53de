import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Chart, Drawing } from '../../protocol.ts';
import { ChartDetail } from './chart-detail.tsx';
import { ChartDrawing } from './chart-drawing.tsx';
import { Legend } from './chart-legend.tsx';
import { ChartOutline } from './chart-outline.tsx';
import type { Chosen } from './choosable.ts';
import { isActive, type Lit } from './lit.ts';

import '../style/chart.css';

export type { Lit } from './lit.ts';

/** More is scrolled, in pixels. */
const HEIGHT_MAX = 800;
/** Smaller, its text cannot be read: what does not fit is scrolled instead. */
const READABLE = 0.75;
const SCALE = { max: 3, step: 1.25 } as const;

/** A statechart, drawn as the server laid it out, and below it the same in words. */
export function ChartView({ chart, lit }: { readonly chart: Chart; readonly lit: Lit }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const name = `Statechart of ${chart.name}`;
  return (
    <section className="chart" aria-label={name}>
      {chart.drawing === null ? (
        <p className="not-drawn">{chart.notDrawn} It stands here in words.</p>
      ) : (
        <Drawn
          chart={chart}
          drawing={chart.drawing}
          lit={lit}
          chosen={chosen}
          onChoose={(next) => setChosen(isSame(chosen, next) ? null : next)}
        />
      )}
      {chosen !== null && (
        <ChartDetail chart={chart} lit={lit} chosen={chosen} onClose={() => setChosen(null)} />
      )}
      <ChartOutline chart={chart} lit={lit} isOpen={chart.drawing === null} />
    </section>
  );
}

function isSame(a: Chosen | null, b: Chosen): boolean {
  return a !== null && a.kind === b.kind && a.name === b.name;
}

interface DrawnProps {
  readonly chart: Chart;
  readonly drawing: Drawing;
  readonly lit: Lit;
  readonly chosen: Chosen | null;
  readonly onChoose: (chosen: Chosen) => void;
}

function Drawn({ chart, drawing, lit, chosen, onChoose }: DrawnProps) {
  const place = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  const [zoomed, setZoomed] = useState<number | null>(null);
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 0));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);

  const whole = Math.min(1, room / drawing.width, HEIGHT_MAX / drawing.height);
  const scale = zoomed ?? Math.max(whole, READABLE);
  const zoom = (factor: number) =>
    setZoomed(Math.min(SCALE.max, Math.max(Math.min(whole, READABLE), scale * factor)));
  useActiveInView(place, chart, drawing, lit, room > 0 ? scale : 0);
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+') zoom(SCALE.step);
    else if (event.key === '-') zoom(1 / SCALE.step);
    else if (event.key === '0') setZoomed(null);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="chart-tools">
        <Legend lit={lit} />
        <div className="zoom">
          {whole < READABLE && (
            <button type="button" onClick={() => setZoomed(whole)}>
              Whole
            </button>
          )}
          <button type="button" aria-label="Smaller" onClick={() => zoom(1 / SCALE.step)}>
            −
          </button>
          <button type="button" onClick={() => setZoomed(null)}>
            Fit
          </button>
          <button type="button" aria-label="Larger" onClick={() => zoom(SCALE.step)}>
            +
          </button>
        </div>
      </div>
      <section
        className="chart-place"
        ref={place}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it can be scrolled
        tabIndex={0}
        aria-label={`Statechart of ${chart.name}, drawn`}
        onKeyDown={onKey}
        data-scrolls
      >
        {room > 0 && (
          <ChartDrawing
            chart={chart}
            drawing={drawing}
            lit={lit}
            scale={scale}
            chosen={chosen}
            onChoose={onChoose}
          />
        )}
      </section>
    </>
  );
}

/** Scrolls to the innermost active state, or to the initial one, whenever it is not in view. */
function useActiveInView(
  place: { readonly current: HTMLDivElement | null },
  { states }: Chart,
  drawing: Drawing,
  lit: Lit,
  scale: number,
): void {
  const active = states.findLastIndex(({ path }) => isActive(path, lit));
  const index = active === -1 ? states.findIndex(({ isInitial }) => isInitial) : active;
  const box = drawing.states[index]?.box;
  useEffect(() => {
    const { current } = place;
    if (!current || !box || scale === 0) return;
    const [x, y] = [(box.x + box.width / 2) * scale, (box.y + box.height / 2) * scale];
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = current;
    const isInView =
      x > scrollLeft &&
      x < scrollLeft + clientWidth &&
      y > scrollTop &&
      y < scrollTop + clientHeight;
    if (!isInView) current.scrollTo(x - clientWidth / 2, y - clientHeight / 2);
  }, [place, box, scale]);
}
