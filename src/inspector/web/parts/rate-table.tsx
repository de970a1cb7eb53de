import type { Rate } from '../rates.ts';
import { Bars } from './bars.tsx';
import { number } from './figure.tsx';

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
        {rates.map(({ type, total, counts }) => (
          <tr key={type}>
            <td className="id">{type}</td>
            <td className="number">{number(total)}</td>
            <td>
              <Bars
                counts={counts}
                label={`${type}: at most ${number(Math.max(...counts))} a second`}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
