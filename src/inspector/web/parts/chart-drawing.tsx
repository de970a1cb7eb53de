import { useId } from 'react';
import { CHART_TEXT, type Chart, type Drawing } from '../../protocol.ts';
import { EdgeLabel, EdgeLine } from './chart-arrows.tsx';
import { StateBox } from './chart-states.tsx';
import type { Chosen } from './choosable.ts';
import type { Lit } from './lit.ts';

interface DrawingProps {
  readonly chart: Chart;
  readonly drawing: Drawing;
  readonly lit: Lit;
  readonly scale: number;
  readonly chosen: Chosen | null;
  readonly onChoose: (chosen: Chosen) => void;
}

export function ChartDrawing({ chart, drawing, lit, scale, chosen, onChoose }: DrawingProps) {
  const { width, height } = drawing;
  const head = useId();
  const chosenName = (kind: Chosen['kind']) => (chosen?.kind === kind ? chosen.name : null);
  const [chosenState, chosenArrow] = [chosenName('state'), chosenName('arrow')];
  const edges = chart.edges.flatMap((edge, index) => {
    const drawn = drawing.edges[index];
    return drawn ? [{ edge, drawn, isChosen: edge.id === chosenArrow }] : [];
  });
  return (
    <svg
      width={width * scale}
      height={height * scale}
      viewBox={`0 0 ${width} ${height}`}
      fontSize={CHART_TEXT.fontSize}
    >
      <title>{`${chart.states.length} states, ${chart.edges.length} arrows`}</title>
      <Heads id={head} />
      {chart.states.map((state, index) => {
        const drawn = drawing.states[index];
        return (
          drawn && (
            <StateBox
              key={state.path}
              state={state}
              drawn={drawn}
              lit={lit}
              isChosen={state.path === chosenState}
              onChoose={onChoose}
            />
          )
        );
      })}
      {edges.map(({ edge, drawn, isChosen }) => (
        <EdgeLine
          key={edge.id}
          edge={edge}
          drawn={drawn}
          lit={lit}
          head={head}
          isChosen={isChosen}
          onChoose={onChoose}
        />
      ))}
      {edges.map(
        ({ edge, drawn, isChosen }) =>
          drawn.label && (
            <EdgeLabel
              key={edge.id}
              edge={edge}
              label={drawn.label}
              lit={lit}
              isChosen={isChosen}
              onChoose={onChoose}
            />
          ),
      )}
    </svg>
  );
}

/** The heads of arrows, by how they are lit. */
function Heads({ id }: { readonly id: string }) {
  return (
    <defs>
      {(['plain', 'possible', 'taken'] as const).map((kind) => (
        <marker
          key={kind}
          id={`${id}-${kind}`}
          className={kind}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0,0 L8,4 L0,8 z" />
        </marker>
      ))}
    </defs>
  );
}
