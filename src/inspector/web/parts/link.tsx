import type { MouseEvent, ReactNode } from 'react';
import { go, hrefOf } from '../store.ts';

/** A link to an address of the page: opened in place, unless the browser is told otherwise. */
export function Link(props: {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly isCurrent?: boolean;
  readonly title?: string;
}) {
  const { to, children, className, isCurrent = false, title } = props;
  return (
    <a
      href={hrefOf(to)}
      className={className}
      title={title}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={(event) => follow(event, to)}
    >
      {children}
    </a>
  );
}

/** Goes to an address in place, unless the browser was told to open it elsewhere. */
export function follow(event: MouseEvent, to: string): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!isPlain) return;
  event.preventDefault();
  go(to);
}
