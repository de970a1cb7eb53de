import type { ReactNode } from 'react';

/** A button that goes on as long as there is somewhere to go: where there is not, it keeps the focus. */
export function EndingButton(props: {
  readonly isEnd: boolean;
  readonly onGo: () => void;
  readonly title?: string;
  readonly children: ReactNode;
}) {
  const { isEnd, onGo, title, children } = props;
  return (
    <button
      type="button"
      aria-disabled={isEnd}
      title={title}
      onClick={() => {
        if (!isEnd) onGo();
      }}
    >
      {children}
    </button>
  );
}
