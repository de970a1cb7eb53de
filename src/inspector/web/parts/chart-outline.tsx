import type { Chart, ChartLine, ChartState } from '../../protocol.ts';
import { edgeText } from './chart-detail.tsx';
import { isActive, type Lit, litWords } from './lit.ts';

interface OutlineProps {
  readonly chart: Chart;
  readonly lit: Lit;
  /** Open from the start: there is no drawing. */
  readonly isOpen: boolean;
}

/** The same chart in words, for those who cannot see it or would rather read. */
export function ChartOutline({ chart, lit, isOpen }: OutlineProps) {
  return (
    <details className="outline" open={isOpen}>
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
  const refusing = lines.filter(({ refuses }) => refuses);
  const said = [kind === 'atomic' ? null : kind, isInitial ? 'initial' : null];
  if (isActive(path, lit)) said.push('active');
  const words = said.filter((word) => word !== null).join(', ');
  return (
    <>
      <strong>{path === '' ? name : path}</strong>
      {words && ` (${words})`}
      {lines.length + edges.length > 0 && (
        <ul>
          <Lines lines={lines.filter(({ refuses }) => !refuses)} lit={lit} />
          {edges.map((edge) => (
            <li key={edge.id}>
              {edgeText(edge, chart.name)}
              {wordsOf(edge.transition, lit)}
            </li>
          ))}
          {refusing.length > 0 && (
            <li>
              refuses:
              <ul>
                <Lines lines={refusing} lit={lit} />
              </ul>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

function Lines({ lines, lit }: { readonly lines: readonly ChartLine[]; readonly lit: Lit }) {
  return lines.map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines stand as they are
    <li key={index}>
      {line.kind === 'transition' ? '' : `${line.kind}: `}
      {line.text}
      {wordsOf(line.transition, lit)}
    </li>
  ));
}

function wordsOf(transition: string | null, lit: Lit): string {
  return litWords(transition, lit)
    .map((word) => ` — ${word}`)
    .join('');
}
