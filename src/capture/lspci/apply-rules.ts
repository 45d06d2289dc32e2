/** Turns the lines of one printed capability into register bits, by the rules of `register-rules.ts`. */
import type { PrintedCapability } from './function-text.ts';
import type { MaskedBytes } from './masked-bytes.ts';
import type { RegisterRule } from './register-rules.ts';

const FLAG = /(?:^|[\s(,;])([\w/.-]*\w)([+-])(?=$|[\s,;)])/g;

/** States the bits that `capability` tells. */
export function applyRules(rules: readonly RegisterRule[], capability: PrintedCapability, out: MaskedBytes): void {
  if (rules.length === 0) return;
  let word: string | undefined;
  for (const line of [capability.title, ...capability.lines]) {
    word = /^([A-Za-z][\w-]*):/.exec(line)?.[1] ?? word;
    for (const rule of rules) {
      if (rule.line === undefined || rule.line === word) applyRule(rule, line, capability.offset + rule.offset, out);
    }
  }
}

function applyRule(rule: RegisterRule, line: string, offset: number, out: MaskedBytes): void {
  const { flags, fields = [], width } = rule;
  if (flags !== undefined) {
    for (const [, name = '', sign] of line.matchAll(FLAG)) {
      const bit = Object.hasOwn(flags, name) ? flags[name] : undefined;
      if (bit !== undefined) out.set(offset, width, sign === '+' ? bit : 0, bit);
    }
  }
  for (const { pattern, mask, encode } of fields) {
    const [, text] = pattern.exec(line) ?? [];
    const bits = text === undefined ? undefined : encode(text);
    if (bits !== undefined) out.set(offset, width, bits, mask);
  }
}
