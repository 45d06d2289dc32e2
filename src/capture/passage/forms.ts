/** All forms of passages. Where two claim a line, the first in this list has it. */
import { LSPCI_FORM } from '../lspci/index.ts';
import type { PassageForm } from '../passage-form.ts';

export const FORMS: readonly PassageForm[] = [LSPCI_FORM];
