import { useState } from 'react';
import type { PolicyList } from '../../protocol.ts';
import { lettersAt } from '../addresses.ts';
import { Letters } from '../parts/letters.tsx';
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
      <Filter key={error} policy={policy} error={error} />
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
  const answer = useAnswer<PolicyList>('/policies');
  const names = answer.value?.policies.map(({ name }) => name) ?? [];
  // What the address names is said, though the app may have no such policy any more.
  const options = policy === null || names.includes(policy) ? names : [policy, ...names];
  const [typed, setTyped] = useState(error ?? '');
  const wanted = typed.trim() || null;
  const show = (filter: { policy: string | null; error: string | null }) =>
    go(lettersAt(filter), 'replace');
  return (
    <form
      className="filter"
      onSubmit={(event) => {
        event.preventDefault();
        show({ policy, error: wanted });
      }}
    >
      <label>
        Policy
        <select
          value={policy ?? ''}
          onChange={(event) => show({ policy: event.target.value || null, error: wanted })}
        >
          <option value="">all</option>
          {options.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        Error contains
        <input type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />
      </label>
      <button type="submit">Filter</button>
    </form>
  );
}
