import { useId } from 'react';
import type { Trace } from '../../protocol.ts';
import { actorAt } from '../addresses.ts';
import { hrefOf } from '../store.ts';
import { type Lifeline, type Line, linesOf } from '../trace-lines.ts';
import { follow } from './link.tsx';
import { clock } from './when.tsx';

/** In pixels. */
const LEFT = 108;
const COLUMN = 210;
const HEADS = 46;
const TOP = 18;
const ROW = 44;
/** Characters that have room between two lifelines. */
const TEXT_MAX = 26;

const KIND = { outside: 'from outside', actor: 'actor', policy: 'policy' } as const;

/** A trace as a sequence diagram: who sent what to whom, from above to below. */
export function TraceChart({ trace }: { readonly trace: Pick<Trace, 'steps' | 'pending'> }) {
  const { lifelines, lines } = linesOf(trace);
  const head = useId();
  // What stands beside the last line has room.
  const width = LEFT + COLUMN * lifelines.length + COLUMN / 2;
  const height = TOP + ROW * lines.length + 24;
  const steps = trace.steps.length;
  return (
    <section
      className="sequence"
      aria-label="Sequence diagram; the same stands below as a table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it can be scrolled
      tabIndex={0}
    >
      <svg className="heads" width={width} height={HEADS}>
        <title>Who takes part</title>
        {lifelines.map((lifeline, place) => (
          <Head key={lifeline.key} lifeline={lifeline} x={xOf(place)} />
        ))}
      </svg>
      <svg width={width} height={height}>
        <title>{`${steps} steps`}</title>
        <defs>
          <marker
            id={head}
            viewBox="0 0 8 8"
            refX="8"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            orient="auto"
          >
            <path d="M0 0 8 4 0 8z" className="tip" />
          </marker>
        </defs>
        {lifelines.map(({ key }, place) => (
          <line key={key} className="lifeline" x1={xOf(place)} x2={xOf(place)} y2={height} />
        ))}
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows stay in their order
          <Row key={index} line={line} y={TOP + ROW * (index + 0.75)} head={head} />
        ))}
      </svg>
    </section>
  );
}

function xOf(place: number): number {
  return LEFT + COLUMN * (place + 0.5);
}

function cut(text: string, max = TEXT_MAX): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

function Head({ lifeline, x }: { readonly lifeline: Lifeline; readonly x: number }) {
  return (
    <g className={`lifeline ${lifeline.kind}`}>
      <title>{`${KIND[lifeline.kind]} ${lifeline.name}`}</title>
      <rect
        x={x - COLUMN / 2 + 8}
        y={4}
        width={COLUMN - 16}
        height={HEADS - 5}
        rx={lifeline.kind === 'policy' ? 20 : 5}
      />
      <text x={x} y={20} className="kind">
        {KIND[lifeline.kind]}
      </text>
      <text x={x} y={37} className="name">
        {cut(lifeline.name, 24)}
      </text>
    </g>
  );
}

function Row({
  line,
  y,
  head,
}: {
  readonly line: Line;
  readonly y: number;
  readonly head: string;
}) {
  switch (line.kind) {
    case 'command':
      return <Command line={line} y={y} head={head} />;
    case 'event':
      return (
        <g className="event">
          <title>{line.type}</title>
          <circle cx={xOf(line.on)} cy={y - 4} r={4} />
          <text x={xOf(line.on) + 10} y={y}>
            {cut(line.type)}
          </text>
        </g>
      );
    case 'taken':
      return (
        <Arrow className="taken" from={line.from} to={line.to} y={y} head={head} text={line.type} />
      );
    case 'pending':
      return (
        <g className={line.isDead ? 'pending dead' : 'pending'}>
          <title>{line.text}</title>
          <rect className="mark" x={xOf(line.on) - 5} y={y - 9} width={10} height={10} />
          <text x={xOf(line.on) + 10} y={y}>
            {cut(line.text, 40)}
          </text>
        </g>
      );
  }
}

function Command(props: {
  readonly line: Extract<Line, { kind: 'command' }>;
  readonly y: number;
  readonly head: string;
}) {
  const { y, head } = props;
  const { from, to, step } = props.line;
  const isRefused = step.outcome === 'rejected';
  const text = isRefused ? `${step.command} — rejected` : step.command;
  const address = actorAt(step.actor, step.position);
  const name = `${step.command} to ${step.actor.type}:${step.actor.id}, ${step.outcome}${step.reason === null ? '' : `: ${step.reason}`}`;
  return (
    <a href={hrefOf(address)} onClick={(event) => follow(event, address)}>
      <rect
        className="hit"
        x={0}
        y={y - 24}
        width={Math.max(xOf(from), xOf(to)) + 8}
        height={ROW - 12}
      />
      <text x={4} y={y} className="time">
        {clock(step.at)}
      </text>
      <Arrow
        className={isRefused ? 'command refused' : 'command'}
        from={from}
        to={to}
        y={y}
        head={head}
        text={text}
        title={name}
      />
    </a>
  );
}

function Arrow(props: {
  readonly className: string;
  readonly from: number;
  readonly to: number;
  readonly y: number;
  readonly head: string;
  readonly text: string;
  readonly title?: string;
}) {
  const { className, from, to, y, head, text, title = text } = props;
  const [x1, x2] = [xOf(from), xOf(to)];
  return (
    <g className={`arrow ${className}`}>
      <title>{title}</title>
      <line x1={x1} x2={x2 + (x2 > x1 ? -2 : 2)} y1={y} y2={y} markerEnd={`url(#${head})`} />
      <text x={(x1 + x2) / 2} y={y - 6} className="label">
        {cut(text, TEXT_MAX * Math.max(1, Math.abs(to - from)))}
      </text>
    </g>
  );
}
