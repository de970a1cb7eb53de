import { createStore } from '@xstate/store';

/** How the page looks: as the system does, unless chosen. */
export type Theme = 'system' | 'light' | 'dark';

/** Read before anything below is run: the page begins where its address is. */
const BASE = '/inspector';

const THEME_KEY = 'everstate.theme';
const TOKEN_KEY = 'everstate.token';

function storedTheme(): Theme {
  const theme = localStorage.getItem(THEME_KEY);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

/** What the whole page shares: where it is, how it looks, who calls. */
export const page = createStore({
  context: {
    /** Path and search below `/inspector`. */
    address: currentAddress(),
    theme: storedTheme(),
    /** A bearer token, for a server that asks for one; kept until the tab is closed. */
    token: sessionStorage.getItem(TOKEN_KEY),
    /** The server refused the last request for want of credentials. */
    isLockedOut: false,
  },
  on: {
    went: (context, { address }: { address: string }) => ({ ...context, address }),
    themeChosen: (context, { theme }: { theme: Theme }) => ({ ...context, theme }),
    tokenGiven: (context, { token }: { token: string }) => ({
      ...context,
      token,
      isLockedOut: false,
    }),
    lockedOut: (context) => ({ ...context, isLockedOut: true }),
  },
});

page.subscribe(({ context: { theme, token } }) => {
  if (theme === 'system') localStorage.removeItem(THEME_KEY);
  else localStorage.setItem(THEME_KEY, theme);
  if (token === null) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
});

function currentAddress(): string {
  const { pathname, search } = window.location;
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : '';
  return `${path || '/'}${search}`;
}

/** What an address of the page is to the browser. */
export function hrefOf(address: string): string {
  return `${BASE}${address === '/' ? '' : address}`;
}

/**
 * Goes to an address of the page; where it is already, that makes no step to go back.
 * @param how `replace`: as it is typed in a search, so that going back leaves it at once
 */
export function go(address: string, how: 'push' | 'replace' = 'push'): void {
  const isNew = how === 'push' && address !== page.getSnapshot().context.address;
  window.history[isNew ? 'pushState' : 'replaceState'](null, '', hrefOf(address));
  page.trigger.went({ address });
}

window.addEventListener('popstate', () => page.trigger.went({ address: currentAddress() }));
