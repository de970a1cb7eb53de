import type { CommandsNow as Known, KnownCommand } from '../../protocol.ts';
import { consoleAt } from '../addresses.ts';
import { Link } from './link.tsx';
import { Empty } from './states.tsx';

interface CommandsProps {
  readonly commands: Known;
  /** The actor that they are for. */
  readonly id: string;
  /** Its machine came to its end. */
  readonly isDone: boolean;
}

/** What the state alone says of the actor's commands: which may be accepted, and which are refused. */
export function CommandsNow({ commands, id, isDone }: CommandsProps) {
  const { maybeAccepted, refused, withoutRule } = commands;
  if (isDone) {
    return (
      <>
        <h2>Commands</h2>
        <Empty>It came to its end: it takes none any more, whatever rules it has.</Empty>
      </>
    );
  }
  return (
    <>
      <h2>Commands that may be accepted</h2>
      {maybeAccepted.length === 0 ? (
        <Empty>None, in this state.</Empty>
      ) : (
        <ul className="commands-now open">
          {maybeAccepted.map((command) => (
            <li key={command.type}>
              <ToConsole command={command} id={id} />
            </li>
          ))}
        </ul>
      )}
      {refused.length + withoutRule.length > 0 && (
        <>
          <h2>Commands that would be rejected</h2>
          <ul className="commands-now refused">
            {refused.map((command) => (
              <li key={command.type}>
                <ToConsole command={command} id={id} />
                {command.reasons.length > 0 && <span>{command.reasons.join(', or ')}</span>}
              </li>
            ))}
            {withoutRule.map((type) => (
              <li key={type}>
                <code>{type}</code>
                <span>it has no rule for it in this state</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** Leads to the console, with the actor filled in where the command says where its id stands. */
function ToConsole(props: { readonly command: KnownCommand; readonly id: string }) {
  const { command, id } = props;
  const { type, idField } = command;
  const data = idField === null ? undefined : { [idField]: id };
  return (
    <Link to={consoleAt(type, data)} title={`${type} in the console`}>
      {type}
    </Link>
  );
}
