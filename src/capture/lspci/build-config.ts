/** The config space of one function, from its dump, from its text, or from both. */
import type { ConfigSpace } from '../config-space.ts';
import { sizedConfigSpace } from './config-size.ts';
import { addressKind, type DumpContext } from './dump-context.ts';
import type { FunctionText } from './function-text.ts';
import { isWhole, type ParsedFunction } from './parsed-function.ts';
import { stateCapabilities } from './synthesize-capabilities.ts';
import { printedHeaderType, stateHeader } from './synthesize-header.ts';

/** Builds it. A dump wins over the text; the text adds what the dump does not reach. */
export function buildConfig(fn: ParsedFunction, context: DumpContext): ConfigSpace {
  const { dump, text } = fn;
  if (dump !== undefined && (isWhole(dump) || text.capabilities.length === 0)) return dump;
  const out = context.scratch;
  const headerType = printedHeaderType(fn.title, text);
  stateHeader(fn.title, text, addressKind(context, fn.bdf), isVirtual(fn, context), out);
  stateCapabilities(text, { headerType, extendedReadable: context.extendedReadable }, out);
  if (dump !== undefined) out.overlay(dump.bytes, dump.mask);
  const { bytes, mask } = out.finish();
  return sizedConfigSpace(bytes, mask, dump?.whyUnknown ?? textReason(text));
}

function isVirtual(fn: ParsedFunction, context: DumpContext): boolean {
  return context.virtualFunctions.has(fn.bdf) || fn.text.regions.some(({ virtual }) => virtual);
}

/** Why what the text does not tell is not known, and how to get it. */
function textReason(text: FunctionText): string {
  if (text.values.has('Unknown header type')) return 'the function does not answer: it is powered down or gone';
  if (text.accessDenied) {
    return 'lspci was not run as root: capabilities show <access denied>; run sudo lspci -vvv, better sudo lspci -xxxx';
  }
  if (text.detail === 'none')
    return 'lspci listed the function without details: run sudo lspci -vvv, better sudo lspci -xxxx';
  if (text.leftOut || text.cut)
    return 'part of the lspci text is missing: paste all of sudo lspci -vvv, better sudo lspci -xxxx';
  if (text.detail === 'v') return 'lspci -v prints no registers: run sudo lspci -vvv, better sudo lspci -xxxx';
  return 'lspci -vvv does not print it: run sudo lspci -xxxx';
}
