import { useSelector } from '@xstate/store-react';
import { page, type Theme } from '../store.ts';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function ThemeChoice() {
  const theme = useSelector(page, ({ context }) => context.theme);
  return (
    <label className="theme">
      <span>Theme</span>
      <select
        value={theme}
        onChange={(event) => {
          const chosen = THEMES.find((each) => each === event.target.value);
          if (chosen) page.trigger.themeChosen({ theme: chosen });
        }}
      >
        {THEMES.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}
