import type { Chart, ChartEdge, ChartLine, ChartState } from '../../protocol.ts';
import type { Chosen } from './choosable.ts';
import { isActive, type Lit, litWords } from './lit.ts';

interface DetailProps {
  readonly chart: Chart;
  readonly lit: Lit;
  readonly chosen: Chosen;
  readonly onClose: () => void;
}

/** All that a state or an arrow of the chart is and does: what is drawn is cut where it is long. */
export function ChartDetail({ chart, lit, chosen, onClose }: DetailProps) {
  const state = chart.states.find(({ path }) => path === chosen.name);
  const edge = chart.edges.find(({ id }) => id === chosen.name);
  const isState = chosen.kind === 'state';
  return (
    <section className="chart-detail" aria-label="What is chosen in the chart" aria-live="polite">
      <button type="button" onClick={onClose}>
        Close
      </button>
      {isState && state && <StateDetail chart={chart} state={state} lit={lit} />}
      {!isState && edge && <EdgeDetail chart={chart} edge={edge} lit={lit} />}
    </section>
  );
}

function StateDetail(props: {
  readonly chart: Chart;
  readonly state: ChartState;
  readonly lit: Lit;
}) {
  const { chart, state, lit } = props;
  const { path, name, kind, isInitial, lines } = state;
  const words = [kind === 'atomic' ? 'state' : `${kind} state`];
  if (isInitial) words.push('initial');
  if (isActive(path, lit)) words.push('active');
  const texts = (of: ChartLine['kind']) =>
    lines.filter((line) => line.kind === of).map(({ text }) => text);
  const rules = rulesOf(chart, state);
  return (
    <>
      <p className="chosen-name">
        <strong>{path || name}</strong> <span className="dim">{words.join(', ')}</span>
      </p>
      <dl>
        <Texts name="On entry" texts={texts('entry')} />
        <Texts name="On exit" texts={texts('exit')} />
        <Texts name="Invokes" texts={texts('invoke')} />
      </dl>
      {rules.length > 0 && (
        <>
          <p>Its rules, those for one event in the order in which they are tried:</p>
          <ol>
            {rules.map((rule) => (
              <li key={rule.key}>
                <code>{rule.text}</code>
                {rule.refuses && ' – refuses'}
                {litWords(rule.transition, lit).map((word) => ` – ${word}`)}
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

function EdgeDetail(props: { readonly chart: Chart; readonly edge: ChartEdge; readonly lit: Lit }) {
  const { chart, edge, lit } = props;
  const words = litWords(edge.transition, lit).join(', ');
  return (
    <>
      <p className="chosen-name">
        <strong>{edge.event}</strong> {words && <span className="dim">{words}</span>}
      </p>
      <dl>
        <Texts name="From" texts={[edge.source || chart.name]} />
        <Texts name="To" texts={[edge.target || chart.name]} />
        <Texts name="Only if" texts={edge.guard === null ? [] : [edge.guard]} />
        <Texts name="Does" texts={edge.actions} />
      </dl>
    </>
  );
}

function Texts({ name, texts }: { readonly name: string; readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <div>
      <dt>{name}</dt>
      {texts.map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: texts stand as they are
        <dd key={index}>
          <code>{text}</code>
        </dd>
      ))}
    </div>
  );
}

interface Rule {
  readonly key: string;
  readonly transition: string;
  readonly text: string;
  readonly refuses: boolean;
}

/** A state's transitions, wherever they lead: by event, as they are tried. */
function rulesOf({ name, edges }: Chart, { path, lines }: ChartState): Rule[] {
  const rules: Rule[] = [];
  for (const { transition, text, refuses } of lines) {
    if (transition !== null) rules.push({ key: transition, transition, text, refuses });
  }
  for (const edge of edges) {
    if (edge.source !== path) continue;
    const { id: key, transition } = edge;
    rules.push({ key, transition, text: edgeText(edge, name), refuses: false });
  }
  // A transition's name ends in its event and in its place among those for it.
  const eventOf = ({ transition }: Rule) => transition.slice(0, transition.lastIndexOf(':'));
  const placeOf = ({ transition }: Rule) =>
    Number(transition.slice(transition.lastIndexOf(':') + 1));
  const events = [...new Set(rules.map(eventOf))];
  return rules.sort(
    (a, b) => events.indexOf(eventOf(a)) - events.indexOf(eventOf(b)) || placeOf(a) - placeOf(b),
  );
}

/** An arrow in one line. @param machine its name, for an arrow to the root */
export function edgeText({ event, guard, target, actions }: ChartEdge, machine: string): string {
  const when = guard === null ? '' : ` [${guard}]`;
  const does = actions.length === 0 ? '' : ` / ${actions.join(', ')}`;
  return `${event}${when} → ${target || machine}${does}`;
}
