import { useWrite } from '../use-write.ts';
import { Refused } from './refused.tsx';

/** Pauses a policy, or has it go on. */
export function PauseButton(props: {
  readonly name: string;
  readonly isPaused: boolean;
  readonly onChanged: () => void;
}) {
  const { name, isPaused, onChanged } = props;
  const { say, isUnderWay, problem } = useWrite();
  const word = isPaused ? 'resume' : 'pause';
  const change = async () => {
    const answer = await say(`/policies/${encodeURIComponent(name)}/${word}`, {});
    if (answer !== null) onChanged();
  };
  return (
    <>
      <button type="button" aria-disabled={isUnderWay} onClick={() => void change()}>
        {isPaused ? 'Resume' : 'Pause'}
        <span className="unseen"> {name}</span>
      </button>
      <Refused problem={problem} />
    </>
  );
}
