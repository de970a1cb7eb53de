import type { ReactNode } from 'react';

/** A number with its name. */
export function Figure(props: {
  readonly name: string;
  readonly children: ReactNode;
  /** It asks for somebody to look. */
  readonly isAlarming?: boolean;
}) {
  const { name, children, isAlarming = false } = props;
  return (
    <div className={isAlarming ? 'figure alarming' : 'figure'}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const NUMBERS = new Intl.NumberFormat('en');

/** A whole number as people read it. */
export function number(value: number): string {
  return NUMBERS.format(value);
}

/** A rate or a duration as people read it: three digits of it. */
export function rate(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}
