import type { CommandInfo, CommandList } from '../../protocol.ts';
import { consoleAt } from '../addresses.ts';
import { type Sent, useSent } from '../console/sent.ts';
import { CommandForm } from '../parts/command-form.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { clock } from '../parts/when.tsx';
import type { ScreenProps } from '../screens.ts';
import { useAnswer } from '../use-answer.ts';
import '../style/console.css';

/** Commands to try and to send. */
export function ConsoleScreen({ params: { command }, search }: ScreenProps) {
  const answer = useAnswer<CommandList>('/commands');
  return (
    <>
      {command === undefined && <h1>Console</h1>}
      <Answered answer={answer} what="the commands">
        {({ commands }) =>
          command === undefined ? (
            <>
              <Commands commands={commands} />
              <SentLast />
            </>
          ) : (
            <Chosen commands={commands} command={command} search={search} />
          )
        }
      </Answered>
    </>
  );
}

function Commands({ commands }: CommandList) {
  const aggregates = [...new Set(commands.map(({ aggregate }) => aggregate))];
  const sections = aggregates.map((aggregate) => (
    <section key={aggregate}>
      <h2>{aggregate}</h2>
      <ul className="commands">
        {commands
          .filter((each) => each.aggregate === aggregate)
          .map(({ type, summary }) => (
            <li key={type}>
              <Link to={consoleAt(type)}>{type}</Link>
              <span>{summary}</span>
            </li>
          ))}
      </ul>
    </section>
  ));
  return (
    <>
      <p>
        Choose a command to fill in. Before you send it you can ask whether it would be accepted,
        which changes nothing.
      </p>
      {sections}
    </>
  );
}

function Chosen(props: {
  readonly commands: readonly CommandInfo[];
  readonly command: string;
  readonly search: URLSearchParams;
}) {
  const { commands, command, search } = props;
  const info = commands.find(({ type }) => type === command);
  if (!info) {
    return (
      <>
        <h1>There is no command {command}</h1>
        <p>
          The app has no command of this name. <Link to="/console">See all commands</Link>
        </p>
      </>
    );
  }
  return (
    <>
      <p className="crumb">
        <Link to="/console">All commands</Link> › {info.aggregate}
      </p>
      <h1>{info.type}</h1>
      <p className="dim">{info.summary}</p>
      <CommandForm key={info.type} info={info} search={search} />
      <SentLast of={info.type} />
    </>
  );
}

/** What was sent from this tab. @param of of one command alone */
function SentLast({ of }: { readonly of?: string }) {
  const all = useSent();
  const sent = of === undefined ? all : all.filter(({ type }) => type === of);
  return (
    <section>
      <h2>Sent from this tab</h2>
      {sent.length === 0 ? (
        <Empty>Nothing yet. The last 20 commands stay here until the tab is closed.</Empty>
      ) : (
        <ol className="sent">
          {sent.map((command) => (
            <SentCommand key={`${command.at} ${command.type}`} command={command} />
          ))}
        </ol>
      )}
    </section>
  );
}

function SentCommand({ command: { type, data, at, outcome } }: { readonly command: Sent }) {
  const text = JSON.stringify(data) ?? '';
  return (
    <li>
      <Link to={consoleAt(type, data)}>{type}</Link>
      <span className={outcome === 'accepted' ? 'outcome accepted' : 'outcome rejected'}>
        {outcome}
      </span>
      <code title={text}>{text}</code>
      <time dateTime={at}>{clock(at)}</time>
    </li>
  );
}
