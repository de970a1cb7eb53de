import { type Lit, MARKS, WORDS } from './lit.ts';

/** What the signs of a chart mean: those that are on it at once, all when they are asked for. */
export function Legend({ lit }: { readonly lit: Lit }) {
  return (
    <div className="legends">
      <ul className="legend">
        {lit.active.size > 0 && (
          <li>
            <span aria-hidden="true">●</span> active
          </li>
        )}
        {(['possible', 'taken'] as const).map(
          (kind) =>
            lit[kind].size > 0 && (
              <li key={kind} className={kind}>
                <span aria-hidden="true">{MARKS[kind]}</span> {WORDS[kind]}
              </li>
            ),
        )}
      </ul>
      <details className="signs">
        <summary>All signs</summary>
        <dl>
          {SIGNS.map(([sign, meaning]) => (
            <div key={sign}>
              <dt>{sign}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
        <p>
          <kbd>Enter</kbd> or a click on a state or an arrow shows all of it: long texts, and rules
          that refuse. <kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd> zoom, the arrow keys scroll.
        </p>
      </details>
    </div>
  );
}

const SIGNS = [
  ['▸', 'begins here: the initial state'],
  ['double border', 'final: it ends here'],
  ['dashed border', 'parallel: all its states are active at once'],
  ['H', 'goes back to the state that was left'],
  ['H*', 'the same, with all that was active in it'],
  ['event', 'an arrow or a line: what makes it happen'],
  ['after', 'happens by itself after a time'],
  ['always', 'happens by itself as soon as it may'],
  ['done: x, error: x', 'what x, which the state invokes, ended with'],
  ['[…]', 'only if'],
  ['/ …', 'does'],
  ['✕', 'refuses'],
] as const;
