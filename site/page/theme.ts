/** The colours that were chosen, before anything is drawn. */
import { storedTheme } from './stored-theme.ts';

document.documentElement.dataset['theme'] = storedTheme();
