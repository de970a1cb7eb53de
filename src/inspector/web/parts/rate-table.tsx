import type { Rate } from '../rates.ts';
import { Bars } from './bars.tsx';
import { Column, NumberCell } from './column.tsx';
import { number } from './figure.tsx';

/** How often events of each type came in the last minute. */
export function RateTable({ rates }: { readonly rates: readonly Rate[] }) {
  return (
    <table className="stacked">
      <thead>
        <tr>
          <th scope="col">Event</th>
          <Column>Last minute</Column>
          <th scope="col">By second</th>
        </tr>
      </thead>
      <tbody>
        {rates.map(({ type, total, counts }) => (
          <tr key={type}>
            <th scope="row" className="id">
              {type}
            </th>
            <NumberCell of="Last minute">{number(total)}</NumberCell>
            <td data-label="By second">
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
