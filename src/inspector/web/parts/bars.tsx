import { RATE_SECONDS } from '../rates.ts';

const HEIGHT = 24;
const BAR = 3;

/** Counts by second as bars, the oldest first. @param label says in words what they show */
export function Bars(props: {
  readonly counts: readonly number[];
  readonly label: string;
  readonly className?: string;
}) {
  const { counts, label, className = 'bars' } = props;
  const most = Math.max(1, ...counts);
  return (
    <svg
      className={className}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${RATE_SECONDS * BAR} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {counts.map((count, second) => {
        const height = count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a second's place is what it is
            key={second}
            x={second * BAR}
            y={HEIGHT - height}
            width={BAR - 1}
            height={height}
          />
        );
      })}
    </svg>
  );
}
