import { useEffect, useId, useRef, useState } from 'react';
import { CHART_TEXT, type Chart, type ChartEdge, type ChartState } from '../../protocol.ts';
import { ChartOutline } from './chart-outline.tsx';

/** What of a chart is lit. */
export interface Lit {
  /** Paths of the active states. */
  readonly active: ReadonlySet<string>;
  /** Names of the transitions taken last. */
  readonly taken: ReadonlySet<string>;
  /** Names of the transitions that may be taken next. */
  readonly possible: ReadonlySet<string>;
}

const { fontSize, lineHeight, padding, headHeight } = CHART_TEXT;
/** More is scrolled, in pixels. */
const HEIGHT_MAX = 800;
const SCALE = { min: 0.15, max: 3, step: 1.25 } as const;

/** A statechart, drawn as the server laid it out, and below it the same in words. */
export function ChartView({ chart, lit }: { readonly chart: Chart; readonly lit: Lit }) {
  const place = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  const [chosen, setChosen] = useState<number | null>(null);
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => setRoom(entry?.contentRect.width ?? 0));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);

  const whole = Math.min(1, room / chart.width, HEIGHT_MAX / chart.height);
  const scale = chosen ?? Math.max(whole, SCALE.min);
  const zoom = (factor: number) =>
    setChosen(Math.min(SCALE.max, Math.max(SCALE.min, scale * factor)));
  const name = `Statechart of ${chart.name}`;
  return (
    <section className="chart" aria-label={name}>
      <div className="chart-tools">
        <Legend />
        <div className="zoom">
          <button type="button" aria-label="Smaller" onClick={() => zoom(1 / SCALE.step)}>
            −
          </button>
          <button type="button" onClick={() => setChosen(null)}>
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
        aria-label={`${name}, drawn`}
        data-scrolls
      >
        {room > 0 && <Drawing chart={chart} lit={lit} scale={scale} />}
      </section>
      <ChartOutline chart={chart} lit={lit} />
    </section>
  );
}

function Legend() {
  return (
    <ul className="legend">
      <li>
        <span aria-hidden="true">●</span> active
      </li>
      <li className="taken">
        <span aria-hidden="true">▶</span> taken by this step
      </li>
      <li className="possible">
        <span aria-hidden="true">◇</span> may be taken next
      </li>
    </ul>
  );
}

interface DrawingProps {
  readonly chart: Chart;
  readonly lit: Lit;
  readonly scale: number;
}

function Drawing({ chart, lit, scale }: DrawingProps) {
  const { width, height } = chart;
  const head = useId();
  return (
    <svg
      width={width * scale}
      height={height * scale}
      viewBox={`0 0 ${width} ${height}`}
      fontSize={fontSize}
    >
      <title>{`${chart.states.length} states, ${chart.edges.length} arrows`}</title>
      <defs>
        {(['plain', 'possible', 'taken'] as const).map((kind) => (
          <marker
            key={kind}
            id={`${head}-${kind}`}
            className={kind}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0,0 L8,4 L0,8 z" />
          </marker>
        ))}
      </defs>
      {chart.states.map((state) => (
        <StateBox key={state.path} state={state} lit={lit} />
      ))}
      {chart.edges.map((edge) => (
        <EdgeLine key={edge.id} edge={edge} lit={lit} head={head} />
      ))}
      {chart.edges.map((edge) => (
        <EdgeLabel key={edge.id} edge={edge} lit={lit} />
      ))}
    </svg>
  );
}

/** Whether a state is active: the root always is, where anything is. */
function isActive({ path }: ChartState, { active }: Lit): boolean {
  return path === '' ? active.size > 0 : active.has(path);
}

function StateBox({ state, lit }: { readonly state: ChartState; readonly lit: Lit }) {
  const { kind, name, box, isInitial, lines } = state;
  const active = isActive(state, lit);
  const said = [name, kind === 'atomic' ? 'state' : `${kind} state`];
  if (active) said.push('active');
  if (isInitial) said.push('initial');
  const isHistory = kind === 'history' || kind === 'deep-history';
  const mark = `${active ? '● ' : ''}${isInitial ? '▸ ' : ''}`;
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a picture that can be gone to, and is named
    <g
      className={`state ${kind}${active ? ' active' : ''}`}
      transform={`translate(${box.x} ${box.y})`}
      tabIndex={0}
      role="img"
      aria-label={said.join(', ')}
    >
      <rect width={box.width} height={box.height} rx={isHistory ? box.width / 2 : 6} />
      {kind === 'final' && (
        <rect className="inner" x={3} y={3} width={box.width - 6} height={box.height - 6} rx={4} />
      )}
      {isHistory ? (
        <text className="name" x={box.width / 2} y={box.height / 2 + 4} textAnchor="middle">
          {kind === 'history' ? 'H' : 'H*'}
        </text>
      ) : (
        <text className="name" x={padding} y={headHeight / 2 + 4}>
          {`${mark}${name}`}
        </text>
      )}
      {lines.map((line, index) => (
        <text
          // biome-ignore lint/suspicious/noArrayIndexKey: lines stand as they are
          key={index}
          className={`line ${line.kind}${litClass(line.transition, lit)}`}
          x={padding}
          y={headHeight + (index + 0.75) * lineHeight}
        >
          <title>{line.text}</title>
          {litMark(line.transition, lit) && <tspan x={2}>{litMark(line.transition, lit)}</tspan>}
          <tspan x={padding + (line.transition === null ? 0 : 2)}>{line.shown}</tspan>
        </text>
      ))}
    </g>
  );
}

function litClass(transition: string | null, { taken, possible }: Lit): string {
  if (transition === null) return '';
  return `${taken.has(transition) ? ' taken' : ''}${possible.has(transition) ? ' possible' : ''}`;
}

function litMark(transition: string | null, { taken, possible }: Lit): string {
  if (transition === null) return '';
  return taken.has(transition) ? '▶' : possible.has(transition) ? '◇' : '';
}

function EdgeLine(props: { readonly edge: ChartEdge; readonly lit: Lit; readonly head: string }) {
  const { edge, lit, head } = props;
  const { taken, possible } = lit;
  const kind = taken.has(edge.transition)
    ? 'taken'
    : possible.has(edge.transition)
      ? 'possible'
      : 'plain';
  const [first, ...others] = edge.points;
  if (!first) return null;
  const path = `M${first.x},${first.y} ${others.map(({ x, y }) => `L${x},${y}`).join(' ')}`;
  return <path className={`edge ${kind}`} d={path} markerEnd={`url(#${head}-${kind})`} />;
}

function EdgeLabel({ edge, lit }: { readonly edge: ChartEdge; readonly lit: Lit }) {
  const { label, event, guard, actions, source, target } = edge;
  const said = [`${event}, from ${source || 'anywhere'} to ${target || 'the machine'}`];
  if (guard !== null) said.push(`if ${guard}`);
  if (actions.length > 0) said.push(`does ${actions.join(', ')}`);
  if (lit.taken.has(edge.transition)) said.push('taken by this step');
  if (lit.possible.has(edge.transition)) said.push('may be taken next');
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a picture that can be gone to, and is named
    <g
      className={`label${litClass(edge.transition, lit)}`}
      transform={`translate(${label.x} ${label.y})`}
      tabIndex={0}
      role="img"
      aria-label={said.join('; ')}
    >
      <title>{said.join('; ')}</title>
      <rect className="label-ground" width={label.width} height={label.height} rx={3} />
      {label.lines.map((line, index) => (
        <text
          // biome-ignore lint/suspicious/noArrayIndexKey: lines stand as they are
          key={index}
          className={index === 0 ? 'event' : 'detail'}
          x={label.width / 2}
          y={(index + 0.75) * lineHeight}
          textAnchor="middle"
        >
          {index === 0 && litMark(edge.transition, lit)}
          {line}
        </text>
      ))}
    </g>
  );
}
