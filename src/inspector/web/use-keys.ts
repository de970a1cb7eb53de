import { useEffect } from 'react';
import { PLACES } from './keys.ts';
import { go } from './store.ts';

/** How long after `g` the letter of a place may come. */
const PREFIX_MS = 1_500;

/** Where keys are text. */
const TEXT = 'input, select, textarea, dialog, [contenteditable]';

/** Takes the keys that mean the same on every screen. @param onHelp for `?`; must stay the same */
export function useKeys(onHelp: () => void): void {
  useEffect(() => {
    let prefixAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest(TEXT)) return;
      const isAfterPrefix = event.timeStamp - prefixAt < PREFIX_MS;
      prefixAt = event.key === 'g' && !isAfterPrefix ? event.timeStamp : Number.NEGATIVE_INFINITY;
      const place = isAfterPrefix ? PLACES[event.key] : undefined;
      if (place) go(place.address);
      else if (event.key === '?') onHelp();
      else if (event.key !== '/' || !focusSearch()) return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onHelp]);
}

/** Whether the screen has a search to go to. */
function focusSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>('main input[type="search"]');
  search?.focus();
  search?.select();
  return search !== null;
}
