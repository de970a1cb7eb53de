import type { ReactNode } from 'react';

/** The states that a machine is in, as text; a machine without any is in the only one that it has. */
export function StateValue(props: { readonly value: string; readonly children?: ReactNode }) {
  const { value, children } = props;
  return (
    <p className="state-value" data-state={value}>
      {value === '' ? <span className="dim">Its machine has one state</span> : <code>{value}</code>}
      {children}
    </p>
  );
}
