import { useState } from 'react';

/** A value as JSON text: what is no JSON is kept as it is typed, and not taken. */
export function JsonInput(props: {
  readonly id: string;
  readonly value: unknown;
  readonly onSet: (value: unknown) => void;
  readonly rows?: number;
}) {
  const { value, onSet, rows = 4, ...common } = props;
  const [typed, setTyped] = useState<{ text: string; of: unknown } | null>(null);
  const isOwn = typed !== null && JSON.stringify(typed.of) === JSON.stringify(value);
  const text = isOwn ? typed.text : value === undefined ? '' : JSON.stringify(value, null, 2);
  const read = parse(text);
  return (
    <>
      <textarea
        {...common}
        className="code"
        rows={rows}
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          const next = parse(target.value);
          setTyped({ text: target.value, of: next.ok ? next.value : value });
          if (next.ok) onSet(next.value);
        }}
      />
      {!read.ok && <p className="fault">This is not JSON: what stood there before counts.</p>}
    </>
  );
}

function parse(text: string): { ok: true; value: unknown } | { ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return { ok: false };
  }
}
