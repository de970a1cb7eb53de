import type { CommandFigures, LatestCommandFigures } from '../../protocol.ts';
import { consoleAt } from '../addresses.ts';
import { Column, NumberCell } from './column.tsx';
import { number, rate } from './figure.tsx';
import { Link } from './link.tsx';
import { Empty } from './states.tsx';
import { WideTable } from './wide-table.tsx';

/** What commands take, on the node that answers. */
export function CommandTable({ commands }: { readonly commands: LatestCommandFigures }) {
  const { items, seconds, quantileError } = commands;
  return (
    <>
      <p className="note">
        What clients sent to the node that answers this page, and to no other, in the last{' '}
        {number(Math.round(seconds))} s. It counts while somebody looks, without what policies send
        and what is answered later; times are {number(Math.ceil(quantileError * 100))} % off at
        most.
      </p>
      {items.length === 0 ? (
        <Empty>It answered no command in that time.</Empty>
      ) : (
        <WideTable label="Commands of this node">
          <thead>
            <tr>
              <th scope="col">Command</th>
              <Column>A second</Column>
              <Column>p50, ms</Column>
              <Column>p99, ms</Column>
              <Column>Rejected</Column>
              <Column>Failed</Column>
            </tr>
          </thead>
          <tbody>
            {items.map((each) => (
              <Row key={each.command} figures={each} />
            ))}
          </tbody>
        </WideTable>
      )}
    </>
  );
}

function Row({ figures }: { readonly figures: CommandFigures }) {
  const { command, perSecond, p50Ms, p99Ms, accepted, rejected, failed } = figures;
  const all = accepted + rejected + failed;
  return (
    <tr>
      <th scope="row" className="id">
        <Link to={consoleAt(command)}>{command}</Link>
      </th>
      <NumberCell of="A second">{rate(perSecond)}</NumberCell>
      <NumberCell of="p50, ms">{rate(p50Ms)}</NumberCell>
      <NumberCell of="p99, ms">{rate(p99Ms)}</NumberCell>
      <NumberCell of="Rejected">{share(rejected, all)}</NumberCell>
      <NumberCell of="Failed">
        {failed > 0 ? <strong className="wrong">{share(failed, all)}</strong> : share(failed, all)}
      </NumberCell>
    </tr>
  );
}

/** How many of all, as people read it: never 0 for some, never all for fewer. */
function share(part: number, all: number): string {
  if (part === 0) return '0 %';
  const percent = Math.min(part === all ? 100 : 99.9, Math.max(0.1, (part / all) * 100));
  return `${rate(percent)} %`;
}
