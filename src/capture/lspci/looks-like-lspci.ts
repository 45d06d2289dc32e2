/** Tells lspci output from other input, by its content. */
import { isFunction, parseFunction } from './parsed-function.ts';
import { scanLines } from './scan-lines.ts';

/** A hex dump shows itself early; so only inputs without one are looked at as a whole. */
const FIRST_LOOK = 64 * 1024;
/** Nobody pastes more text than this. */
const LAST_LOOK = 16 * 1024 * 1024;
/** Text has no NUL; an archive has some near its start. */
const NUL_LOOK = 4096;

/**
 * `hex` when some function has a hex dump, `text` when there are functions but no dumps, undefined when the bytes are
 * not lspci output. Other text around does not matter.
 */
export function looksLikeLspci(bytes: Uint8Array): 'hex' | 'text' | undefined {
  if (bytes.subarray(0, NUL_LOOK).includes(0)) return undefined;
  let kind: 'text' | undefined;
  for (const length of bytes.length > FIRST_LOOK ? [FIRST_LOOK, LAST_LOOK] : [LAST_LOOK]) {
    const part = bytes.subarray(0, length);
    for (const scanned of scanLines(part).functions) {
      if (scanned.config.length > 0) return 'hex';
      if (isFunction(parseFunction(part, scanned))) kind = 'text';
    }
  }
  return kind;
}
