/** Turns the lines of one printed capability into register bits, by the rules of `register-rules.ts`. */

import type { MaskedBytes } from './masked-bytes.ts';
import type { PrintedCapability } from './printed-text.ts';
import type { RegisterRule } from './register-rules.ts';

/** States the bits that `capability` tells. */
export function applyRules(
  rules: readonly RegisterRule[],
  capability: Pick<PrintedCapability, 'offset' | 'title'> & { readonly lines: readonly string[] },
  out: MaskedBytes,
): void {
  if (rules.length === 0) return;
  let word = '';
  for (const line of [capability.title, ...capability.lines]) {
    word = /^([A-Za-z][\w-]*):/.exec(line)?.[1] ?? word;
    for (const rule of rules) {
      if (rule.line === undefined || rule.line === word) applyRule(rule, line, capability.offset + rule.offset, out);
    }
  }
}

function applyRule(rule: RegisterRule, line: string, offset: number, out: MaskedBytes): void {
  const { flags, fields, width } = rule;
  if (flags.size > 0) {
    for (let sign = nextSign(line, 0); sign > 0; sign = nextSign(line, sign)) {
      const bit = flags.get(nameBefore(line, sign));
      if (bit !== undefined) out.set(offset, width, line[sign] === '+' ? bit : 0, bit);
    }
  }
  for (const { pattern, mask, encode } of fields) {
    const [, text] = pattern.exec(line) ?? [];
    const bits = text === undefined ? undefined : encode(text);
    if (bits !== undefined) out.set(offset, width, bits, mask);
  }
}

const PLUS = 0x2b;
const MINUS = 0x2d;
const SPACE = 0x20;

/** Position of the first `+` or `-` behind `from` that ends a word, or -1. By hand: matching all with a pattern took most of the time of a text. */
function nextSign(line: string, from: number): number {
  for (let i = from + 1; i < line.length; i++) {
    const byte = line.charCodeAt(i);
    if ((byte === PLUS || byte === MINUS) && (i + 1 === line.length || ' \t,;)'.includes(line.charAt(i + 1)))) return i;
  }
  return -1;
}

/** The word before `end`. */
function nameBefore(line: string, end: number): string {
  let start = end;
  while (start > 0 && line.charCodeAt(start - 1) > SPACE && !'(,;'.includes(line.charAt(start - 1))) start--;
  return line.slice(start, end);
}
