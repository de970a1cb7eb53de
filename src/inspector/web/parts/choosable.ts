import type { KeyboardEvent, SVGAttributes } from 'react';

/** What of a chart is looked at: a state by its path, an arrow by its id. */
export interface Chosen {
  readonly kind: 'state' | 'arrow';
  readonly name: string;
}

export interface ChoiceProps {
  readonly isChosen: boolean;
  readonly onChoose: (chosen: Chosen) => void;
}

/** Makes a shape of the drawing one that can be gone to and chosen: it lies over what it stands for. */
export function choosable(
  chosen: Chosen,
  said: string,
  { isChosen, onChoose }: ChoiceProps,
): SVGAttributes<SVGElement> {
  return {
    className: 'hit',
    tabIndex: 0,
    role: 'button',
    'aria-label': said,
    'aria-pressed': isChosen,
    onClick: () => onChoose(chosen),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      onChoose(chosen);
    },
  };
}
