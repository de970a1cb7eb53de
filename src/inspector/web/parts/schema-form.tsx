import { type ReactNode, useId, useState } from 'react';
import {
  beginningOf,
  type Field,
  fieldOf,
  hintsOf,
  type Member,
  type Path,
  type Schema,
  valueAt,
  withValue,
} from '../console/fields.ts';

/** Faults of fields, by their paths: `email`, `items.0.name`. */
export type FieldFaults = ReadonlyMap<string, string>;

interface FormProps {
  readonly root: Schema;
  readonly data: unknown;
  readonly faults: FieldFaults;
  readonly onChange: (data: unknown) => void;
}

interface FieldProps extends FormProps {
  readonly schema: Schema;
  readonly path: Path;
  readonly label: string;
  readonly isNeeded: boolean;
}

/** A form for a command's data, built from its schema. */
export function SchemaForm(props: FormProps) {
  const { root } = props;
  const field = fieldOf(root, root);
  if (field.kind === 'group') {
    return <Members {...props} members={field.members} path={[]} />;
  }
  return <FieldOf {...props} schema={root} path={[]} label="Data" isNeeded />;
}

function Members(
  props: FormProps & { readonly members: readonly Member[]; readonly path: Path },
): ReactNode {
  const { members, path, ...form } = props;
  if (members.length === 0) return <p className="empty">It takes no data.</p>;
  return members.map(({ name, schema, isNeeded }) => (
    <FieldOf
      key={name}
      {...form}
      schema={schema}
      path={[...path, name]}
      label={name}
      isNeeded={isNeeded}
    />
  ));
}

function FieldOf(props: FieldProps) {
  const { schema, root, path, label } = props;
  const field = fieldOf(schema, root, path.length);
  if (field.kind !== 'group' && field.kind !== 'list') return <Single {...props} field={field} />;
  return (
    <fieldset>
      <legend>{label}</legend>
      <Fault {...props} />
      {field.kind === 'group' ? (
        <Members {...props} members={field.members} />
      ) : (
        <Items {...props} of={field.of} />
      )}
    </fieldset>
  );
}

function Fault({ faults, path }: Pick<FieldProps, 'faults' | 'path'>) {
  const fault = faults.get(path.join('.'));
  return fault === undefined ? null : <p className="fault">{fault}</p>;
}

function Items({ of, ...props }: FieldProps & { readonly of: Schema }) {
  const { data, path, root, onChange, label } = props;
  const value = valueAt(data, path);
  const items = Array.isArray(value) ? value : [];
  const add = () => onChange(withValue(data, [...path, items.length], beginningOf(of, root)));
  return (
    <>
      {items.map((_item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place
        <div key={index} className="item">
          <FieldOf
            {...props}
            schema={of}
            path={[...path, index]}
            label={`${label} ${index + 1}`}
            isNeeded
          />
          <button
            type="button"
            onClick={() => onChange(withValue(data, [...path, index], undefined))}
          >
            Remove {label} {index + 1}
          </button>
        </div>
      ))}
      <button type="button" onClick={add}>
        Add to {label}
      </button>
    </>
  );
}

type SingleField = Exclude<Field, { kind: 'group' | 'list' }>;

function Single(props: FieldProps & { readonly field: SingleField }) {
  const { schema, root, path, label, isNeeded, faults } = props;
  const id = useId();
  const hints = hintsOf(schema, root);
  const fault = faults.get(path.join('.'));
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {!isNeeded && <small>optional</small>}
      </label>
      <Input {...props} id={id} />
      <p className="hint" id={`${id}-hint`}>
        {fault !== undefined && <strong className="fault">{fault}</strong>}
        {hints.join(' · ')}
      </p>
    </div>
  );
}

function Input(props: FieldProps & { readonly field: SingleField; readonly id: string }) {
  const { field, id, data, path, isNeeded, faults, onChange } = props;
  const value = valueAt(data, path);
  const set = (next: unknown) => onChange(withValue(data, path, next));
  const common = {
    id,
    'aria-invalid': faults.has(path.join('.')),
    'aria-describedby': `${id}-hint`,
    'aria-required': isNeeded,
  };
  switch (field.kind) {
    case 'text':
      return (
        <input
          {...common}
          type="text"
          autoComplete="off"
          spellCheck={false}
          value={typeof value === 'string' ? value : ''}
          // What is left empty is not given; an item of a list is.
          onChange={({ target }) =>
            set(target.value === '' && typeof path.at(-1) === 'string' ? undefined : target.value)
          }
        />
      );
    case 'number':
      return (
        <input
          {...common}
          type="number"
          step={field.isWhole ? 1 : 'any'}
          value={typeof value === 'number' ? value : ''}
          onChange={({ target }) =>
            set(Number.isNaN(target.valueAsNumber) ? undefined : target.valueAsNumber)
          }
        />
      );
    case 'choice':
      return (
        <select
          {...common}
          value={field.options.indexOf(value)}
          onChange={({ target }) => set(field.options[Number(target.value)])}
        >
          <option value={-1}>{isNeeded ? 'choose' : 'not given'}</option>
          {field.options.map((option, index) => (
            <option key={String(option)} value={index}>
              {String(option)}
            </option>
          ))}
        </select>
      );
    case 'json':
      return <JsonInput {...common} value={value} onSet={set} />;
  }
}

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
