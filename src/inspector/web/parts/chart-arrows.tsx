import { memo } from 'react';
import { CHART_TEXT, type ChartEdge, type DrawnEdge } from '../../protocol.ts';
import { type ChoiceProps, type Chosen, choosable } from './choosable.ts';
import { type Lit, litKind, litWords, MARKS } from './lit.ts';

const { charWidth, lineHeight, padding } = CHART_TEXT;

function saidOf({ transition, event, source, target, guard, actions }: ChartEdge, lit: Lit) {
  const said = [`${event}, from ${source || 'anywhere'} to ${target || 'the machine'}`];
  if (guard !== null) said.push(`if ${guard}`);
  if (actions.length > 0) said.push(`does ${actions.join(', ')}`);
  return [...said, ...litWords(transition, lit)].join('; ');
}

export const EdgeLine = memo(function EdgeLine(
  props: {
    readonly edge: ChartEdge;
    readonly drawn: DrawnEdge;
    readonly lit: Lit;
    readonly head: string;
  } & ChoiceProps,
) {
  const { edge, drawn, lit, head, isChosen, onChoose } = props;
  const kind = litKind([edge.transition], lit) ?? 'plain';
  const [first, ...others] = drawn.points;
  if (!first) return null;
  const path = `M${first.x},${first.y} ${others.map(({ x, y }) => `L${x},${y}`).join(' ')}`;
  const chosen: Chosen = { kind: 'arrow', name: edge.id };
  // The label of one that has one is what is gone to.
  const named = drawn.label ? {} : choosable(chosen, saidOf(edge, lit), props);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for those who point; by keyboard, its label is gone to
    <g
      {...named}
      className={`edge-line${isChosen ? ' chosen' : ''}`}
      onClick={() => onChoose(chosen)}
    >
      <path className="near" d={path} />
      <path className={`edge ${kind}`} d={path} markerEnd={`url(#${head}-${kind})`} />
    </g>
  );
});

export const EdgeLabel = memo(function EdgeLabel(
  props: {
    readonly edge: ChartEdge;
    readonly label: NonNullable<DrawnEdge['label']>;
    readonly lit: Lit;
  } & ChoiceProps,
) {
  const { edge, label, lit } = props;
  const how = litKind([edge.transition], lit);
  const said = saidOf(edge, lit);
  const shown = label.lines.map((line, index) =>
    index === 0 && how !== null ? `${MARKS[how]} ${line}` : line,
  );
  const longest = Math.max(...shown.map(({ length }) => length));
  const ground = longest * charWidth + padding;
  return (
    <g
      className={`label ${how ?? ''}${props.isChosen ? ' chosen' : ''}`}
      transform={`translate(${label.x} ${label.y})`}
    >
      <rect
        className="label-ground"
        x={(label.width - ground) / 2}
        width={ground}
        height={label.height}
        rx={3}
      />
      {shown.map((line, index) => (
        <text
          // biome-ignore lint/suspicious/noArrayIndexKey: lines stand as they are
          key={index}
          className={index === 0 ? 'event' : 'detail'}
          x={label.width / 2}
          y={(index + 0.75) * lineHeight}
          textAnchor="middle"
        >
          {line}
        </text>
      ))}
      <rect
        width={label.width}
        height={label.height}
        rx={3}
        {...choosable({ kind: 'arrow', name: edge.id }, said, props)}
      >
        <title>{said}</title>
      </rect>
    </g>
  );
});
