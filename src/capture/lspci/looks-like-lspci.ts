/** Tells lspci output from other input, by its content. */
import { withoutMachineForms } from './machine-readable.ts';
import { isFunction, parseFunction } from './parsed-function.ts';
import { scanLines } from './scan-lines.ts';

/** A hex dump shows itself early; so only inputs without one are looked at as a whole. */
const FIRST_LOOK = 64 * 1024;
/** Nobody pastes more text than this. */
const LAST_LOOK = 16 * 1024 * 1024;
/** Text has no NUL; an archive has some near its start. */
const NUL_LOOK = 4096;

/** Are the bytes lspci output, of whatever kind? Costs one look at the start of most inputs that are. */
export function isLspci(bytes: Uint8Array): boolean {
  if (hasNul(bytes)) return false;
  return looks(bytes).some((part) =>
    scanLines([{ bytes: part, firstLine: 1 }]).functions.some(
      (scanned) => scanned.config.length > 0 || isFunction(parseFunction(scanned)),
    ),
  );
}

/**
 * `hex` when some function has a hex dump, `text` when there are functions but no dumps, undefined when the bytes are
 * not lspci output. Other text around does not matter.
 */
export function looksLikeLspci(bytes: Uint8Array): 'hex' | 'text' | undefined {
  if (hasNul(bytes)) return undefined;
  let kind: 'text' | undefined;
  for (const part of looks(bytes)) {
    for (const scanned of scanLines([{ bytes: part, firstLine: 1 }]).functions) {
      if (scanned.config.length > 0) return 'hex';
      if (kind === undefined && isFunction(parseFunction(scanned))) kind = 'text';
    }
  }
  return kind;
}

function hasNul(bytes: Uint8Array): boolean {
  return bytes.subarray(0, NUL_LOOK).includes(0);
}

/** The start of `bytes`, and then all that is worth looking at. */
function looks(bytes: Uint8Array): Uint8Array[] {
  const whole = bytes.subarray(0, LAST_LOOK);
  const parts = bytes.length > FIRST_LOOK ? [bytes.subarray(0, FIRST_LOOK), whole] : [whole];
  return parts.map(withoutMachineForms);
}
