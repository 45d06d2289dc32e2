/** Answers as letters on colours: never colour alone. */
import { MAP_TYPE_WORDS } from '../../src/report/index.ts';
import { TYPE_OF_CODE, type TypeCode } from '../protocol.ts';

/** Class names by {@link TypeCode}. */
export const TYPE_CLASSES: readonly string[] = ['unknown', 'refused', 'direct', 'through'];

/** The letter of an answer. */
export function letterOf(code: TypeCode): string {
  const letter = MAP_TYPE_WORDS[TYPE_OF_CODE[code] ?? 'unknown'].letter;
  return letter === '-' ? '–' : letter;
}

/** An answer in a word or two. */
export function wordsOf(code: TypeCode): string {
  return MAP_TYPE_WORDS[TYPE_OF_CODE[code] ?? 'unknown'].short;
}

/** In the order of legends. */
export const LEGEND_ORDER: readonly TypeCode[] = [2, 3, 1, 0];

/** One cell, as in the matrix. */
export function VerdictMark({ code, large = false }: { readonly code: TypeCode; readonly large?: boolean }) {
  return (
    <span class={`mark ${TYPE_CLASSES[code]}${large ? ' large' : ''}`} aria-hidden="true">
      {letterOf(code)}
    </span>
  );
}
