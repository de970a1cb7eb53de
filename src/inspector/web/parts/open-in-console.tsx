import { consoleAt } from '../addresses.ts';
import { unmaskedPart } from '../console/unmasked-part.ts';
import { Link } from './link.tsx';

/** Characters of an address that servers still take when the page is loaded anew. */
const ADDRESS_MAX = 8_000;

/** Leads to the console with a command as it was sent before, without what is masked. */
export function OpenInConsole(props: { readonly command: string; readonly data: unknown }) {
  const { command, data } = props;
  const { data: known, leftOut } = unmaskedPart(data);
  const filled = consoleAt(command, known);
  const fits = filled.length <= ADDRESS_MAX;
  return (
    <p className="open-in-console">
      <Link to={fits ? filled : consoleAt(command)}>Open in the console</Link>
      <span>{fits ? wordsOf(leftOut) : 'Its data are too long to be filled in.'}</span>
    </p>
  );
}

function wordsOf(leftOut: readonly string[]): string {
  if (leftOut.length === 0) return '';
  return `Left out, since they are masked: ${leftOut.map((path) => path || 'all data').join(', ')}.`;
}
