/** Which colours a reader wants; kept in this browser. */

/** `auto`: as the system has them. */
export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'peerpath-theme';

/** What was chosen last; a browser that keeps nothing has `auto`. */
export function storedTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

/** Keeps a choice where the browser does. */
export function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds for this page.
  }
}
