import { type RefObject, useEffect } from 'react';

/** What the focus passes to: parts of a screen that have a name of their own. */
const PARTS = 'section, article, form, fieldset';

/**
 * Where what has the focus goes, as a button does whose letter was settled, the focus passes to the
 * part of the screen around it: who goes on by keyboard, or listens, is where they were.
 * @param within where that holds; a screen that is left is none of it
 */
export function useFocusKept(within: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const root = within.current;
    if (!root) return;
    let last: Element | null = null;
    let around: readonly HTMLElement[] = [];
    let path = '';
    const remember = ({ target }: FocusEvent): void => {
      last = target instanceof Element ? target : null;
      around = last === null ? [] : partsAround(last, root);
      path = window.location.pathname;
    };
    const forget = (): void => {
      // Who leaves it goes elsewhere by themselves; what is taken away is gone by then.
      queueMicrotask(() => {
        if (last?.isConnected && document.activeElement !== last) last = null;
      });
    };
    const look = (): void => {
      if (last === null || last.isConnected || document.activeElement !== document.body) return;
      last = null;
      if (window.location.pathname !== path) return;
      take(around.find((part) => part.isConnected) ?? root.querySelector<HTMLElement>('h1'));
    };
    root.addEventListener('focusin', remember);
    root.addEventListener('focusout', forget);
    const observer = new MutationObserver(look);
    observer.observe(root, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      root.removeEventListener('focusin', remember);
      root.removeEventListener('focusout', forget);
    };
  }, [within]);
}

/** The innermost first. */
function partsAround(element: Element, root: HTMLElement): readonly HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let at = element.parentElement; at !== null && at !== root; at = at.parentElement) {
    if (at.matches(PARTS)) found.push(at);
  }
  return found;
}

function take(element: HTMLElement | null): void {
  if (!element) return;
  if (!element.hasAttribute('tabindex')) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
