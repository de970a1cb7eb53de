/** What the signs of a chart mean. */
export function Legend() {
  return (
    <div className="legends">
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
          Of what is cut, and of rules that refuse, all is told by <kbd>Enter</kbd> or a click on
          the state or arrow. <kbd>+</kbd> <kbd>-</kbd> <kbd>0</kbd> zoom, the arrow keys scroll.
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
