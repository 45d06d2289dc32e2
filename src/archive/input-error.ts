import { type Failure, printable } from '../base/index.ts';

/** Why an input cannot be used. */
export interface InputError extends Failure {
  readonly code: InputErrorCode;
}

/** Stable names for programs. */
export type InputErrorCode =
  | 'not-found'
  | 'not-readable'
  | 'not-writable'
  | 'cut-short'
  | 'damaged'
  | 'too-large'
  | 'unsupported'
  | 'not-recognised'
  | 'no-machine'
  | 'two-machines'
  | 'no-pci';

/** Makes an error about the input called `name`; names are text of others, and are made harmless to print. */
export function inputError(code: InputErrorCode, name: string, what: string): InputError {
  return { code, text: `${printable(name)}: ${what}` };
}
