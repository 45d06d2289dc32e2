/** What a page of the site does: search, colours, and a list of pages that folds on small screens. */
import { attachSearch } from './search.ts';
import { storedTheme, storeTheme, type Theme } from './stored-theme.ts';

const NEXT: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };
const SIGNS: Readonly<Record<Theme, string>> = { auto: '◐', light: '○', dark: '●' };

attachTheme();
foldSide();
const place = document.getElementById('search');
if (place !== null) attachSearch(place, document.documentElement.dataset['root'] ?? '');

function attachTheme(): void {
  const button = document.getElementById('theme');
  if (button === null) return;
  const show = (theme: Theme): void => {
    document.documentElement.dataset['theme'] = theme;
    button.textContent = SIGNS[theme];
    button.title = `Colours: ${theme}`;
    button.setAttribute('aria-label', `Colours: ${theme}. Change to ${NEXT[theme]}.`);
  };
  show(storedTheme());
  button.hidden = false;
  button.addEventListener('click', () => {
    const next = NEXT[(document.documentElement.dataset['theme'] as Theme | undefined) ?? 'auto'];
    storeTheme(next);
    show(next);
  });
}

/** Below the text's width the list of pages stands above it: folded, or it would fill the screen. */
function foldSide(): void {
  const side = document.getElementById('side');
  if (!(side instanceof HTMLDetailsElement)) return;
  const narrow = matchMedia('(max-width: 860px)');
  const fold = (): void => {
    side.open = !narrow.matches;
  };
  fold();
  narrow.addEventListener('change', fold);
  side.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  window.scrollTo(0, location.hash === '' ? 0 : window.scrollY);
}
