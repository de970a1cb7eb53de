import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Letter, LetterList, LetterSettled } from '../../protocol.ts';
import { lettersAt, policyAt, searchOf } from '../addresses.ts';
import { useAnswer } from '../use-answer.ts';
import { useWrite } from '../use-write.ts';
import { number } from './figure.tsx';
import { InstanceLink } from './instance-link.tsx';
import { JsonText } from './json.tsx';
import { Link } from './link.tsx';
import { Refused } from './refused.tsx';
import { Answered, Empty } from './states.tsx';
import { When } from './when.tsx';

const EVERY_MS = 2_000;

interface LettersProps {
  readonly policy: string | null;
  /** Of this one alone. */
  readonly instance?: string;
  /** Text that the error has. */
  readonly error: string | null;
  readonly cursor: string | null;
  /** A letter was retried, edited or discarded. */
  readonly onSettled?: () => void;
}

/** Dead letters, and what can be done about each. */
export function Letters({ policy, instance, error, cursor, onSettled }: LettersProps) {
  const wanted = { limit: '20', policy, instance: instance ?? null, error, cursor };
  const search = searchOf(wanted);
  const answer = useAnswer<LetterList>(`/dead-letters?${search}`, EVERY_MS);
  const [told, setTold] = useState('');
  const settled = (what: string) => {
    setTold(what);
    answer.again();
    onSettled?.();
  };
  return (
    <section aria-label="Dead letters" tabIndex={-1} ref={useFocusOnPage(cursor)}>
      <p role="status" className="note">
        {told}
      </p>
      <Answered answer={answer} what="the dead letters">
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 && (
              <Empty>{nothingFound(nextCursor !== null, error, policy)}</Empty>
            )}
            <ul className="letters">
              {items.map((letter) => (
                <li key={letter.id}>
                  <LetterCard letter={letter} onSettled={settled} />
                </li>
              ))}
            </ul>
            <p className="pages">
              {cursor !== null && <Link to={lettersAt({ policy, error })}>First page</Link>}
              {nextCursor !== null && instance === undefined && (
                <Link to={lettersAt({ policy, error, cursor: nextCursor })}>Next page</Link>
              )}
              {nextCursor !== null && instance !== undefined && (
                <Link to={lettersAt({ policy })}>It has more: all dead letters of its policy</Link>
              )}
            </p>
          </>
        )}
      </Answered>
    </section>
  );
}

/** Who goes on to another page begins at its beginning. @returns for the list */
function useFocusOnPage(cursor: string | null) {
  const list = useRef<HTMLElement>(null);
  const shown = useRef(cursor);
  useEffect(() => {
    if (shown.current === cursor) return;
    shown.current = cursor;
    list.current?.focus({ preventScroll: true });
    list.current?.scrollIntoView();
  }, [cursor]);
  return list;
}

function nothingFound(hasMore: boolean, error: string | null, policy: string | null): string {
  if (hasMore) return 'None on this page: there are more on the next.';
  if (error !== null) return 'No dead letter has an error with this text.';
  const none = 'There are no dead letters.';
  return policy === null
    ? `${none} What a policy gives up on after its last attempt comes here, to be retried or discarded.`
    : none;
}

interface CardProps {
  readonly letter: Letter;
  /** @param what was done, in words: by then the letter may be gone */
  readonly onSettled: (what: string) => void;
}

function LetterCard({ letter, onSettled }: CardProps) {
  const { type, kind, policy, instance, error, attempts, parkedAt, waiting } = letter;
  return (
    <article className="letter" tabIndex={-1} aria-label={`${kind} ${type} of ${policy}`}>
      <h3>
        <span className="id">{type}</span> <small>({kind})</small>
      </h3>
      <p className="wrong">{error}</p>
      <p className="about">
        <Link to={policyAt(policy)}>{policy}</Link>
        {instance !== '' && <InstanceLink policy={policy} id={instance} />}
        <span>
          {number(attempts)} {attempts === 1 ? 'attempt' : 'attempts'}
        </span>
        <span>
          parked <When at={parkedAt} />
        </span>
        {waiting > 0 && <span>{number(waiting)} wait behind it</span>}
      </p>
      <details>
        <summary>Message and history</summary>
        <JsonText value={letter.message} label="Message" />
        <ol className="tried">
          {letter.history.map(({ at, error: why, before }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was tried stays in its order
            <li key={index}>
              <When at={at} />: {why}
              {before !== undefined && <JsonText value={before} label="Data before the edit" />}
            </li>
          ))}
        </ol>
      </details>
      <LetterWords letter={letter} onSettled={onSettled} />
    </article>
  );
}

type Open = 'edit' | 'discard' | null;

const DONE = {
  retry: 'is tried again',
  edit: 'is tried again with the new data',
  discard: 'was discarded',
} as const;

/** What can be done about a letter. */
function LetterWords({ letter, onSettled }: CardProps) {
  const { say, isUnderWay, problem } = useWrite();
  const [open, setOpen] = useState<Open>(null);
  const [told, setTold] = useState<string | null>(null);
  const settle = async (word: keyof typeof DONE, body: unknown) => {
    const path = `/dead-letters/${encodeURIComponent(letter.id)}/${word}`;
    const answer = await say<LetterSettled>(path, body);
    if (answer === null) return;
    setOpen(null);
    const isDone = answer.status === 'done';
    setTold(isDone ? null : 'Asked for; its policy has not come to it yet.');
    onSettled(isDone ? `${letter.type} ${DONE[word]}.` : '');
  };
  const toggle = (which: Open) => setOpen(open === which ? null : which);
  return (
    <>
      <p className="words">
        <button type="button" aria-disabled={isUnderWay} onClick={() => void settle('retry', {})}>
          Retry
        </button>
        {letter.isEditable && (
          <button type="button" aria-expanded={open === 'edit'} onClick={() => toggle('edit')}>
            Edit and retry …
          </button>
        )}
        <button type="button" aria-expanded={open === 'discard'} onClick={() => toggle('discard')}>
          Discard …
        </button>
        {told && <span role="status">{told}</span>}
      </p>
      <Refused problem={problem} />
      {open === 'edit' && (
        <EditForm data={letter.data} onSend={(data) => void settle('edit', { data })} />
      )}
      {open === 'discard' && (
        <DiscardForm onSend={(reason) => void settle('discard', { reason })} />
      )}
    </>
  );
}

function EditForm(props: { readonly data: unknown; readonly onSend: (data: unknown) => void }) {
  const [text, setText] = useState(() => JSON.stringify(props.data, null, 2));
  const [fault, setFault] = useState<string | null>(null);
  const send = () => {
    try {
      props.onSend(JSON.parse(text));
      setFault(null);
    } catch {
      setFault('This is not JSON.');
    }
  };
  return (
    <form
      className="deciding"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label>
        Data, as JSON
        <textarea
          rows={Math.min(16, text.split('\n').length + 1)}
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <p>What is masked stays as it is. The recorded event is not changed, only what is retried.</p>
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      <button type="submit" className="primary">
        Retry with these data
      </button>
    </form>
  );
}

/** Asks why. @param children stands beside its button */
export function DiscardForm(props: {
  readonly onSend: (reason: string) => void;
  readonly what?: string;
  readonly children?: ReactNode;
}) {
  const [reason, setReason] = useState('');
  return (
    <form
      className="deciding"
      onSubmit={(event) => {
        event.preventDefault();
        props.onSend(reason.trim());
      }}
    >
      <label>
        Reason, for the log (required)
        <input
          value={reason}
          required
          pattern=".*\S.*"
          title="Say why: it is kept in the log."
          maxLength={500}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <p className="words">
        <button type="submit" className="danger">
          {props.what ?? 'Discard for good'}
        </button>
        {props.children}
      </p>
    </form>
  );
}
