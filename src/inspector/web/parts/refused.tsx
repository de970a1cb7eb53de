import type { Problem } from '../api.ts';

/** Why something was not done, where it was asked for. */
export function Refused({ problem }: { readonly problem: Problem | null }) {
  if (problem === null) return null;
  const { errors = [] } = problem.told;
  return (
    <div className="problem" role="alert">
      <p>
        {problem.message}
        {problem.status > 0 && <small> ({problem.code})</small>}
      </p>
      {errors.length > 0 && (
        <ul>
          {errors.map(({ field, message }) => (
            <li key={field}>
              <code>{field === '' ? 'the whole' : field}</code>: {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
