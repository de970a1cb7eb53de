import { useEffect, useEffectEvent, useId, useRef, useState } from 'react';
import type { CommandInfo } from '../../protocol.ts';
import { consoleAt } from '../addresses.ts';
import { curlOf } from '../console/curl.ts';
import { filled } from '../console/fields.ts';
import { type Came, useAttempt } from '../console/use-attempt.ts';
import { go, page } from '../store.ts';
import { AttemptResult } from './attempt-result.tsx';
import { CopyText } from './copy-text.tsx';
import { JsonInput } from './json-input.tsx';
import { type FieldFaults, SchemaForm } from './schema-form.tsx';

/** Characters of an address that chats and mails still take as one. */
const ADDRESS_MAX = 2_000;

/** A command, to be filled in, asked about and sent. Its data stands in the address. */
export function CommandForm(props: {
  readonly info: CommandInfo;
  readonly search: URLSearchParams;
}) {
  const { info, search } = props;
  const { type, schema, example } = info;
  const isJson = search.get('as') === 'json';
  const [given, setData, isShared] = useDataInAddress(type, search, () => forget());
  const data = isJson ? given : filled(given, schema, schema);
  const { came, ask, send, forget } = useAttempt(type, data);
  const faults = faultsOf(came);
  const id = useId();
  const change = (next: unknown) => {
    setData(next ?? {}, isJson);
    forget();
  };
  return (
    <div className="console">
      <form
        className="command"
        aria-label={type}
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void send();
        }}
      >
        <div className="ways">
          <label>
            <input
              type="checkbox"
              checked={isJson}
              onChange={({ target }) => setData(data, target.checked)}
            />{' '}
            Edit as JSON
          </label>
          {example !== null && (
            <button type="button" onClick={() => change(example)}>
              Fill in the example
            </button>
          )}
        </div>
        {isJson ? (
          <div className="field">
            <label htmlFor={id}>Data as JSON</label>
            <JsonInput id={id} value={data} onSet={change} rows={10} />
          </div>
        ) : (
          <SchemaForm root={schema} data={data} faults={faults} onChange={change} />
        )}
        <Actions isUnderWay={came.kind === 'underway'} onSend={() => void send()} />
        {!isShared && (
          <p className="dim">
            The data are too long to stand in the address: a link to this page is without them.
          </p>
        )}
        <Curl type={type} data={data} />
      </form>
      <AttemptResult came={came} />
    </div>
  );
}

/** To ask, by the form itself, and to send. */
function Actions(props: { readonly isUnderWay: boolean; readonly onSend: () => void }) {
  const { isUnderWay, onSend } = props;
  return (
    <div className="actions">
      <button type="submit" aria-disabled={isUnderWay}>
        Would it be accepted?
      </button>
      <button type="button" className="primary" aria-disabled={isUnderWay} onClick={onSend}>
        Send
      </button>
    </div>
  );
}

function Curl({ type, data }: { readonly type: string; readonly data: unknown }) {
  const { token } = page.getSnapshot().context;
  const text = curlOf(window.location.origin, type, data, token !== null);
  return (
    <details>
      <summary>As a curl command</summary>
      <CopyText text={text} label="Copy as curl" />
    </details>
  );
}

/**
 * The data as the address has it, and the way to change both. The address of one who came by a link
 * is taken over; what is changed here replaces it.
 * @param onTaken other data than before were taken over
 */
function useDataInAddress(type: string, search: URLSearchParams, onTaken: () => void) {
  const shared = search.get('data');
  const written = useRef(shared);
  const [data, setOwn] = useState<unknown>(() => parsed(shared));
  const [isShared, setIsShared] = useState(true);
  const taken = useEffectEvent(onTaken);
  useEffect(() => {
    if (shared === written.current) return;
    written.current = shared;
    setOwn(parsed(shared));
    setIsShared(true);
    taken();
  }, [shared]);
  const set = (next: unknown, asJson: boolean): void => {
    const text = JSON.stringify(next) ?? '';
    const wanted = new URLSearchParams({ ...(asJson && { as: 'json' }), data: text });
    const fits = wanted.toString().length <= ADDRESS_MAX;
    if (!fits) wanted.delete('data');
    written.current = fits ? text : null;
    setOwn(next);
    setIsShared(fits);
    const query = wanted.toString();
    go(`${consoleAt(type)}${query && `?${query}`}`, 'replace');
  };
  return [data, set, isShared] as const;
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? {} : (JSON.parse(text) as unknown);
  } catch {
    return {};
  }
}

/** What the server said of single fields, by their paths in the data. */
function faultsOf(came: Came): FieldFaults {
  const errors = came.kind === 'refused' ? (came.problem.told.errors ?? []) : [];
  return new Map(errors.map(({ field, message }) => [field.replace(/^data\.?/, ''), message]));
}
