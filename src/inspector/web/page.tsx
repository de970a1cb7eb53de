import { useSelector } from '@xstate/store-react';
import { useEffect } from 'react';
import { Gate } from './parts/gate.tsx';
import { Link } from './parts/link.tsx';
import { ThemeChoice } from './parts/theme-choice.tsx';
import { screenOf, screens } from './screens.ts';
import { page } from './store.ts';

/** The whole page: navigation, and the screen that its address is of. */
export function Page() {
  const address = useSelector(page, ({ context }) => context.address);
  const theme = useSelector(page, ({ context }) => context.theme);
  const isLockedOut = useSelector(page, ({ context }) => context.isLockedOut);
  const found = screenOf(address);
  const title = found?.screen.title ?? null;

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    document.title = title === null ? 'Everstate inspector' : `${title} · Everstate inspector`;
  }, [title]);

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
                  <Link to={screen.pattern} isCurrent={screen === found?.screen}>
                    {screen.title}
                  </Link>
                </li>
              ),
            )}
          </ul>
        </nav>
        <ThemeChoice />
      </header>
      <main id="screen" tabIndex={-1}>
        {isLockedOut ? <Gate /> : found ? <found.screen.component {...found.props} /> : <Nowhere />}
      </main>
    </div>
  );
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
