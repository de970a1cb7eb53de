import type { Chart, ChartState } from '../../protocol.ts';
import type { Lit } from './chart.tsx';

/** The same chart in words, for those who cannot see it or would rather read. */
export function ChartOutline({ chart, lit }: { readonly chart: Chart; readonly lit: Lit }) {
  return (
    <details className="outline">
      <summary>The chart in words</summary>
      <ul>
        {chart.states.map((state) => (
          <li key={state.path}>
            <StateWords state={state} chart={chart} lit={lit} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function StateWords(props: {
  readonly state: ChartState;
  readonly chart: Chart;
  readonly lit: Lit;
}) {
  const { state, chart, lit } = props;
  const { path, name, kind, isInitial, lines } = state;
  const edges = chart.edges.filter(({ source }) => source === path);
  const said = [kind === 'atomic' ? null : kind, isInitial ? 'initial' : null];
  if (lit.active.has(path)) said.push('active');
  const words = said.filter((word) => word !== null).join(', ');
  return (
    <>
      <strong>{path === '' ? name : path}</strong>
      {words && ` (${words})`}
      {lines.length + edges.length > 0 && (
        <ul>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines stand as they are
            <li key={index}>
              {line.kind === 'transition' ? '' : `${line.kind}: `}
              {line.text}
              {wordsOf(line.transition, lit)}
            </li>
          ))}
          {edges.map((edge) => (
            <li key={edge.id}>
              {edge.event}
              {edge.guard === null ? '' : ` [${edge.guard}]`} → {edge.target || chart.name}
              {edge.actions.length > 0 && ` / ${edge.actions.join(', ')}`}
              {wordsOf(edge.transition, lit)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function wordsOf(transition: string | null, { taken, possible }: Lit): string {
  if (transition === null) return '';
  return `${taken.has(transition) ? ' — taken by this step' : ''}${possible.has(transition) ? ' — may be taken next' : ''}`;
}
