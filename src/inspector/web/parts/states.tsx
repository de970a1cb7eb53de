import type { ReactNode } from 'react';
import type { Answer } from '../use-answer.ts';

/** What stands for an answer: that it is awaited, why there is none, or what is made of it. */
export function Answered<T>(props: {
  readonly answer: Answer<T>;
  /** What is awaited, as in "Loading …". */
  readonly what: string;
  readonly children: (value: T) => ReactNode;
}) {
  const { answer, what, children } = props;
  const { value, problem, again } = answer;
  return (
    <>
      {problem && (
        <div className="problem" role="alert">
          <p>
            {problem.message}
            {problem.status > 0 && <small> ({problem.code})</small>}
            {value !== null && ' — what is shown is older.'}
          </p>
          <button type="button" onClick={again}>
            Try again
          </button>
        </div>
      )}
      {value !== null && children(value)}
      {value === null && problem === null && (
        <p className="loading" role="status">
          Loading {what} …
        </p>
      )}
    </>
  );
}

/** Says that there is nothing, and what would be there. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="empty">{children}</p>;
}
