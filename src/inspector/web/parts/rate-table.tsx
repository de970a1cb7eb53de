import { RATE_SECONDS, type Rate } from '../rates.ts';
import { number } from './figure.tsx';

const HEIGHT = 24;
const BAR = 3;

/** How often events of each type came in the last minute. */
export function RateTable({ rates }: { readonly rates: readonly Rate[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col" className="number">
            Last minute
          </th>
          <th scope="col">By second</th>
        </tr>
      </thead>
      <tbody>
        {rates.map((rate) => (
          <tr key={rate.type}>
            <td className="id">{rate.type}</td>
            <td className="number">{number(rate.total)}</td>
            <td>
              <Bars rate={rate} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Bars({ rate: { type, counts } }: { readonly rate: Rate }) {
  const most = Math.max(1, ...counts);
  return (
    <svg
      className="bars"
      role="img"
      aria-label={`${type}: at most ${number(most)} a second`}
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
