import { memo } from 'react';
import { CHART_TEXT, type ChartState, type DrawnLine, type DrawnState } from '../../protocol.ts';
import { type ChoiceProps, choosable } from './choosable.ts';
import { isActive, type Lit, litKind, MARKS } from './lit.ts';

const { charWidth, lineHeight, padding, headHeight, markWidth } = CHART_TEXT;

export const StateBox = memo(function StateBox(
  props: {
    readonly state: ChartState;
    readonly drawn: DrawnState;
    readonly lit: Lit;
  } & ChoiceProps,
) {
  const { state, drawn, lit } = props;
  const { path, kind, isInitial } = state;
  const { box, name, lines } = drawn;
  const active = isActive(path, lit);
  const said = [state.name, kind === 'atomic' ? 'state' : `${kind} state`];
  if (active) said.push('active');
  if (isInitial) said.push('initial');
  const isHistory = kind === 'history' || kind === 'deep-history';
  const mark = `${active ? '● ' : ''}${isInitial ? '▸ ' : ''}`;
  return (
    <g
      className={`state ${kind}${active ? ' active' : ''}${props.isChosen ? ' chosen' : ''}`}
      transform={`translate(${box.x} ${box.y})`}
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
        <Line
          // biome-ignore lint/suspicious/noArrayIndexKey: lines stand as they are
          key={index}
          line={shownLine(line, state, box.width, lit)}
          y={headHeight + (index + 0.75) * lineHeight}
          lit={lit}
        />
      ))}
      <rect
        width={box.width}
        height={box.height}
        rx={6}
        {...choosable({ kind: 'state', name: path }, said.join(', '), props)}
      >
        {name !== state.name && <title>{state.name}</title>}
      </rect>
    </g>
  );
});

/** Of the rules that stand for one, the one that was taken is shown, as far as there is room. */
function shownLine(line: DrawnLine, state: ChartState, width: number, { taken }: Lit): DrawnLine {
  const name = line.transitions.length > 1 && line.transitions.find((each) => taken.has(each));
  const rule = state.lines.find(({ transition }) => transition !== null && transition === name);
  if (!rule) return line;
  const chars = Math.floor((width - 2 * padding - markWidth) / charWidth);
  const isCut = rule.text.length > chars;
  return { ...line, shown: isCut ? `${rule.text.slice(0, chars - 1)}…` : rule.text };
}

function Line(props: { readonly line: DrawnLine; readonly y: number; readonly lit: Lit }) {
  const { line, y, lit } = props;
  const { kind, shown, transitions } = line;
  const how = litKind(transitions, lit);
  const mark = how === null ? kind === 'refusal' && '✕' : MARKS[how];
  return (
    <text className={`line ${kind} ${how ?? ''}`} y={y}>
      {mark && (
        <tspan x={padding + markWidth / 2 - 2} textAnchor="middle">
          {mark}
        </tspan>
      )}
      <tspan x={padding + markWidth}>{shown}</tspan>
    </text>
  );
}
