import { useState } from 'react';
import type { PolicyList } from '../../protocol.ts';
import { Letters, lettersAddress } from '../parts/letters.tsx';
import { ManyLetters } from '../parts/many-letters.tsx';
import type { ScreenProps } from '../screens.ts';
import { go } from '../store.ts';
import { useAnswer } from '../use-answer.ts';
import '../style/policies.css';

/** What policies gave up on: looked at, retried, edited, discarded; one by one or many at once. */
export function DeadLettersScreen({ search }: ScreenProps) {
  const policy = search.get('policy');
  const error = search.get('error');
  const [version, setVersion] = useState(0);
  return (
    <>
      <h1>Dead letters</h1>
      <Filter policy={policy} error={error} />
      <ManyLetters
        key={`${policy}\n${error}`}
        policy={policy}
        error={error}
        onSettled={() => setVersion(version + 1)}
      />
      <h2 className="unseen">One by one</h2>
      <Letters key={version} policy={policy} error={error} cursor={search.get('cursor')} />
    </>
  );
}

function Filter(props: { readonly policy: string | null; readonly error: string | null }) {
  const { policy, error } = props;
  const policies = useAnswer<PolicyList>('/policies').value?.policies ?? [];
  const [typed, setTyped] = useState(error ?? '');
  const show = (wanted: { policy: string | null; error: string | null }) =>
    go(lettersAddress({ ...wanted, cursor: null }), 'replace');
  return (
    <form
      className="filter"
      onSubmit={(event) => {
        event.preventDefault();
        show({ policy, error: typed.trim() || null });
      }}
    >
      <label>
        Policy
        <select
          value={policy ?? ''}
          onChange={(event) => show({ policy: event.target.value || null, error })}
        >
          <option value="">all</option>
          {policies.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Error has
        <input type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
      </label>
      <button type="submit">Filter</button>
    </form>
  );
}
