import { useEffect, useRef, useState } from 'react';
import type { LetterCountAnswer, LettersSettled } from '../../protocol.ts';
import { useWrite } from '../use-write.ts';
import { number } from './figure.tsx';
import { DiscardForm } from './letters.tsx';
import { Refused } from './refused.tsx';

type How = 'retry' | 'discard';

/** Settles all that a filter lets through: after a count that changes nothing. */
export function ManyLetters(props: {
  readonly policy: string | null;
  readonly error: string | null;
  readonly onSettled: () => void;
}) {
  const { policy, error, onSettled } = props;
  const { say, isUnderWay, problem } = useWrite();
  const [counted, setCounted] = useState<{ how: How; answer: LetterCountAnswer } | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const filter = { ...(policy && { policy }), ...(error && { error }) };
  const count = async (how: How) => {
    setTold(null);
    const answer = await say<LetterCountAnswer>('/dead-letters/count', filter);
    if (answer !== null) setCounted({ how, answer });
  };
  const settle = async (how: How, through: string, reason: string | null) => {
    const word = { how, ...filter, through, ...(reason !== null && { reason }) };
    const answer = await say<LettersSettled>('/dead-letters/settle', word);
    if (answer === null) return;
    setCounted(null);
    setTold(wordsOf(how, answer));
    onSettled();
  };
  return (
    <section className="many" aria-label="All of these">
      <p className="words">
        <button type="button" aria-disabled={isUnderWay} onClick={() => void count('retry')}>
          Retry all of these …
        </button>
        <button type="button" aria-disabled={isUnderWay} onClick={() => void count('discard')}>
          Discard all of these …
        </button>
        <span role="status">{told}</span>
      </p>
      <Refused problem={problem} />
      {counted && (
        <DryRun
          how={counted.how}
          answer={counted.answer}
          onSend={(reason) => void settle(counted.how, counted.answer.through, reason)}
          onCancel={() => setCounted(null)}
        />
      )}
    </section>
  );
}

function wordsOf(how: How, { done, pending, isCut }: LettersSettled): string {
  const word = how === 'retry' ? 'tried again' : 'discarded';
  const waits = pending > 0 ? `, ${number(pending)} asked for and not come to yet` : '';
  return `${number(done)} ${word}${waits}.${isCut ? ' There are more: do it again.' : ''}`;
}

/** What would be done, to be looked at before it is. */
function DryRun(props: {
  readonly how: How;
  readonly answer: LetterCountAnswer;
  readonly onSend: (reason: string | null) => void;
  readonly onCancel: () => void;
}) {
  const { how, answer, onSend, onCancel } = props;
  const { count, isCut, examples } = answer;
  const many = `${isCut ? 'at least ' : ''}${number(count)} ${count === 1 ? 'letter' : 'letters'}`;
  const place = useRef<HTMLElement>(null);
  // It is asked for by a button above, and to be read before anything else is done.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another answer is to be read, too
  useEffect(() => place.current?.focus(), [answer]);
  const cancel = (
    <button type="button" onClick={onCancel}>
      {count === 0 ? 'Close' : 'Cancel'}
    </button>
  );
  return (
    <section className="dry-run" aria-label={`What it would ${how}`} tabIndex={-1} ref={place}>
      <p>
        <strong>{count === 0 ? 'Nothing would be done.' : `This would ${how} ${many}.`}</strong>{' '}
        Nothing was changed yet.
      </p>
      {examples.length > 0 && (
        <ul>
          {examples.map(({ id, type, policy, error }) => (
            <li key={id}>
              <span className="id">{type}</span> of {policy}: <span className="wrong">{error}</span>
            </li>
          ))}
          {count > examples.length && (
            <li>
              and {isCut && 'at least '}
              {number(count - examples.length)} more
            </li>
          )}
        </ul>
      )}
      {count > 0 && how === 'discard' ? (
        <DiscardForm what={`Discard ${many} for good`} onSend={onSend}>
          {cancel}
        </DiscardForm>
      ) : (
        <p className="words">
          {count > 0 && (
            <button type="button" className="primary" onClick={() => onSend(null)}>
              Retry {many}
            </button>
          )}
          {cancel}
        </p>
      )}
    </section>
  );
}
