import { type ReactNode, useId } from 'react';
import {
  beginningOf,
  type Field,
  fieldOf,
  isNullable,
  isSchema,
  type Member,
  type Path,
  type Schema,
  valueAt,
  withValue,
} from '../console/fields.ts';
import { hintsOf } from '../console/hints.ts';
import { JsonInput } from './json-input.tsx';

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
  const { schema, root, path, label, isNeeded, faults } = props;
  const field = fieldOf(schema, root, path.length);
  if (field.kind !== 'group' && field.kind !== 'list') return <Single {...props} field={field} />;
  const fault = faults.get(path.join('.'));
  const hints = hintsOf(schema, root, isNeeded);
  return (
    <fieldset>
      <legend>
        {label} {!isNeeded && <small>optional</small>}
      </legend>
      {fault !== undefined && <p className="fault">{fault}</p>}
      {hints.length > 0 && <p className="hint">{hints.join(' · ')}</p>}
      {field.kind === 'group' ? (
        <Members {...props} members={field.members} onChange={leavingOut(props)} />
      ) : (
        <Items {...props} of={field.of} />
      )}
    </fieldset>
  );
}

/** What need not be given, and of which nothing is left, is not given. */
function leavingOut({ schema, root, path, isNeeded, onChange }: FieldProps) {
  if (typeof path.at(-1) !== 'string' || (isNeeded && !isNullable(schema, root))) return onChange;
  return (next: unknown) => {
    const value = valueAt(next, path);
    const isEmpty = isSchema(value) && Object.keys(value).length === 0;
    onChange(isEmpty ? withValue(next, path, undefined) : next);
  };
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

/** What is said of a field; of one that holds more, of all that is in it. */
function faultOf({ faults, path }: Pick<FieldProps, 'faults' | 'path'>, { kind }: SingleField) {
  const own = path.join('.');
  if (kind !== 'json') return faults.get(own);
  const start = own === '' ? '' : `${own}.`;
  const told = Array.from(faults, ([at, fault]) => {
    if (at === own) return fault;
    return at.startsWith(start) ? `${at.slice(start.length)}: ${fault}` : '';
  });
  return told.filter(Boolean).join(' · ') || undefined;
}

function Single(props: FieldProps & { readonly field: SingleField }) {
  const { schema, root, label, isNeeded, field } = props;
  const id = useId();
  const hints = hintsOf(schema, root, isNeeded);
  const fault = faultOf(props, field);
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
  const { field, id, data, path, isNeeded, onChange } = props;
  const value = valueAt(data, path);
  const set = (next: unknown) => onChange(withValue(data, path, next));
  const common = {
    id,
    'aria-invalid': faultOf(props, field) !== undefined,
    'aria-describedby': `${id}-hint`,
    'aria-required': isNeeded,
  };
  switch (field.kind) {
    case 'text': {
      const text = {
        ...common,
        autoComplete: 'off',
        spellCheck: false,
        value: typeof value === 'string' ? value : '',
        // What is left empty is not given; an item of a list is.
        onChange: ({ target }: { readonly target: { readonly value: string } }) =>
          set(target.value === '' && typeof path.at(-1) === 'string' ? undefined : target.value),
      };
      // A field of one line would drop the ends of the others.
      const isLong = field.isLong || text.value.includes('\n');
      return isLong ? <textarea {...text} rows={4} /> : <input {...text} type="text" />;
    }
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
