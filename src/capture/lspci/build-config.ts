/** The config space of one function, from its dump, from its text, or from both. */
import type { ConfigSpace } from '../config-space.ts';
import { sizedConfigSpace } from './config-size.ts';
import { addressKind, type DumpContext } from './dump-context.ts';
import type { ParsedFunction } from './parsed-function.ts';
import { stateCapabilities } from './synthesize-capabilities.ts';
import { printedHeaderType, stateHeader } from './synthesize-header.ts';

/** Builds it. A dump wins over the text; the text adds what the dump does not reach. */
export function buildConfig(fn: ParsedFunction, context: DumpContext): ConfigSpace {
  const { dump, text } = fn;
  if (dump !== undefined && (fn.dumpIsWhole || text.capabilities.length === 0)) return dump;
  const out = context.scratch;
  const headerType = printedHeaderType(fn);
  stateHeader(fn, addressKind(context, fn.bdf), isVirtual(fn, context), out);
  const places = stateCapabilities(
    text,
    {
      headerType,
      extendedReadable: context.extendedReadable,
      whole: fn.textIsWhole,
      linesWhole: !(fn.broken || context.linesCut),
    },
    out,
  );
  if (dump !== undefined) out.overlay(dump.bytes, dump.mask);
  const { bytes, mask } = out.finish();
  return sizedConfigSpace(bytes, mask, dump?.whyUnknown ?? textReason(fn), fn.textIsWhole ? undefined : places);
}

function isVirtual(fn: ParsedFunction, context: DumpContext): boolean {
  return context.virtualFunctions.has(fn.bdf) || fn.text.regions.some(({ virtual }) => virtual);
}

/** Why what the text does not tell is not known, and how to get it. */
function textReason({ text, textIsWhole }: ParsedFunction): string {
  if (text.values.has('Unknown header type')) return 'the function does not answer: it is powered down or gone';
  if (text.accessDenied) {
    return 'lspci was not run as root: capabilities show <access denied>; run sudo lspci -vvv, better sudo lspci -xxxx';
  }
  if (text.detail === 'none' && text.capabilities.length + text.loose.length + text.values.size === 0)
    return 'lspci listed the function without details: run sudo lspci -vvv, better sudo lspci -xxxx';
  if (!textIsWhole) return 'part of the lspci text is missing: paste all of sudo lspci -vvv, better sudo lspci -xxxx';
  if (text.detail === 'v') return 'lspci -v prints no registers: run sudo lspci -vvv, better sudo lspci -xxxx';
  return 'lspci -vvv does not print it: run sudo lspci -xxxx';
}
