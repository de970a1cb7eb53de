import { actorsAt } from '../addresses.ts';
import { Link } from './link.tsx';

const WORDS: readonly { readonly word: string; readonly says: string }[] = [
  { word: 'type:account', says: 'actors of that type' },
  { word: 'state:active', says: 'those in a state, or in one below it' },
  { word: 'id:ann', says: 'the one of that id' },
  {
    word: 'id:ann…',
    says: 'those whose ids begin so, in the order of ids; also id:ann*, or ann alone',
  },
  {
    word: 'stale:>1h',
    says: 'those of which nothing was recorded for so long (s, m, h, d), the longest first',
  },
];

/** What a query can say. */
export function QueryWords() {
  return (
    <details className="query-words">
      <summary>Words of a query, and keys</summary>
      <dl>
        {WORDS.map(({ word, says }) => (
          <div key={word}>
            <dt>
              <Link to={actorsAt(word)}>
                <code>{word}</code>
              </Link>
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <p>
        All words must hold. <kbd>/</kbd> goes to the query, <kbd>j</kbd> and <kbd>k</kbd> go down
        and up, <kbd>Enter</kbd> opens.
      </p>
    </details>
  );
}
