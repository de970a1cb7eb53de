import { useSelector } from '@xstate/store-react';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import { FaultBoundary } from './parts/fault-boundary.tsx';
import { Gate } from './parts/gate.tsx';
import { KeysHelp } from './parts/keys-help.tsx';
import { Link } from './parts/link.tsx';
import { LiveSign } from './parts/live-sign.tsx';
import { ThemeChoice } from './parts/theme-choice.tsx';
import { zone } from './parts/when.tsx';
import { type Screen, screenOf, screens } from './screens.ts';
import './style/keys.css';
import { page } from './store.ts';
import { useFocusKept } from './use-focus-kept.ts';
import { useKeys } from './use-keys.ts';

/** The whole page: navigation, and the screen that its address is of. */
export function Page() {
  const address = useSelector(page, ({ context }) => context.address);
  const theme = useSelector(page, ({ context }) => context.theme);
  const isLockedOut = useSelector(page, ({ context }) => context.isLockedOut);
  const found = screenOf(address);
  const path = address.split('?')[0] ?? '/';
  const title = titleOf(path, found?.props.params ?? {});
  const help = useRef<HTMLDialogElement>(null);
  const showHelp = useCallback(() => help.current?.showModal(), []);
  useKeys(showHelp);
  useFocusOnNavigation(path);
  const screen = useFocusAfterGate(isLockedOut);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useCurrentInView(path);
  useFocusKept(screen);

  return (
    <div className="page">
      <a className="skip" href="#screen">
        Skip to the screen
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          Everstate
        </Link>
        <nav aria-label="Screens">
          <ul>
            {screens.map((screen) =>
              screen.title === null ? null : (
                <li key={screen.pattern}>
                  <Link to={screen.pattern} isCurrent={isAt(screen, path)}>
                    {screen.title}
                  </Link>
                </li>
              ),
            )}
          </ul>
        </nav>
        <LiveSign />
        <ThemeChoice />
        <button type="button" onClick={showHelp}>
          <span className="spared">Keys </span>
          <kbd>?</kbd>
        </button>
      </header>
      <main id="screen" tabIndex={-1}>
        {isLockedOut && <Gate />}
        {/* It stays as it is: nothing that was typed is lost. */}
        <div hidden={isLockedOut} ref={screen}>
          <FaultBoundary key={path}>
            {found ? <found.screen.component {...found.props} /> : <Nowhere />}
          </FaultBoundary>
        </div>
      </main>
      <footer className="foot">Times are shown in {zone()}.</footer>
      <KeysHelp dialog={help} />
    </div>
  );
}

/** By which tabs and bookmarks are told from one another: the most particular first. */
function titleOf(path: string, params: Readonly<Record<string, string>>): string {
  const screen = screens.find((each) => isAt(each, path))?.title ?? null;
  const named = Object.values(params).join(' ');
  return [named, screen, 'Everstate inspector'].filter(Boolean).join(' · ');
}

/** Whether a screen of the navigation is shown, or one below it. */
function isAt({ title, pattern }: Screen, path: string): boolean {
  if (title === null) return false;
  return path === pattern || (pattern !== '/' && path.startsWith(`${pattern}/`));
}

/** Who goes on by keyboard, or listens, begins with the new screen and not where the old one ended. */
function useFocusOnNavigation(path: string): void {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    const heading = document.querySelector<HTMLElement>('main h1');
    if (heading) heading.tabIndex = -1;
    (heading ?? document.getElementById('screen'))?.focus();
  }, [path]);
}

/** On narrow windows the navigation is scrolled: where one is stays in sight. */
function useCurrentInView(path: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another screen is current
  useEffect(() => {
    const current = document.querySelector('.bar nav [aria-current]');
    current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [path]);
}

/**
 * Who was asked for credentials in the midst of something goes on there.
 * @returns for the element that screens stand in
 */
function useFocusAfterGate(isLockedOut: boolean): RefObject<HTMLDivElement | null> {
  const within = useRef<HTMLDivElement>(null);
  const last = useRef<HTMLElement | null>(null);
  useEffect(() => {
    const element = within.current;
    const keep = ({ target }: FocusEvent) => {
      last.current = target instanceof HTMLElement ? target : null;
    };
    element?.addEventListener('focusin', keep);
    return () => element?.removeEventListener('focusin', keep);
  }, []);
  useEffect(() => {
    if (!isLockedOut) last.current?.focus();
  }, [isLockedOut]);
  return within;
}

function Nowhere() {
  return (
    <section className="empty">
      <h1>There is no such screen</h1>
      <p>
        The address may have been cut. <Link to="/">Go to the overview</Link>
      </p>
    </section>
  );
}
