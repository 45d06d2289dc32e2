/** ACS control alone: what `setpci` prints, and `ACSCtl:` lines that were cut out of `lspci -vvv`. */
import { type Bdf, parseBdf } from '../../uapi/index.ts';
import { hasNeedle, needle, starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart, PartFunction } from '../capture-part.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';

const ADDRESS = String.raw`((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])`;
/**
 * `0000:00:1c.0 (cap 000d @148) @14e = 001d`: `setpci -v -s 00:1c.0 ECAP_ACS+6.w`; without the sign, and with what was
 * there before an arrow, what it writes.
 */
const SETPCI = new RegExp(
  String.raw`^${ADDRESS} \(e?cap 000d @[0-9a-f]+\) @[0-9a-f]+ (?:= |[0-9a-f]{4}->\([0-9a-f]{4}:[0-9a-f]{4}\)->)?([0-9a-f]{4})$`,
  'i',
);
/** What the well-known scripts print of functions at which `setpci ECAP_ACS` fails. */
const WITHOUT = new RegExp(String.raw`^${ADDRESS} does not support ACS(?:, skipping)?\.?$`, 'i');
/** `ACSCtl:	SrcValid+ TransBlk- …`, alone or behind an address. */
const FLAGS = new RegExp(String.raw`^(?:${ADDRESS}[ :\t].*?)?ACSCtl:\s*((?:[A-Za-z]+[+-]\s*)+)$`, 'i');

const ACS_CTL = starts(['ACSCtl:']);
const NO_SUPPORT = needle(' does not support ACS');

/**
 * Values with addresses are ACS control of their functions; those without tell how many ports there are, and what they
 * have in common.
 */
export const ACS_VALUES_FORM: PassageForm = lineForm({
  kind: 'acs-values',
  firstCharacters: 'A0123456789abcdefABCDEF',
  starts: ['ACSCtl:', ...'0123456789abcdefABCDEF'],
  claims: (bytes, start, end, inside) => {
    if (end - start > 300) return false;
    if (startsWithAny(bytes, start, ACS_CTL)) return inside || nextIsAcsCtl(bytes, end);
    const last = bytes[end - 1] ?? 0;
    if (bytes[start + 2] !== 0x3a && bytes[start + 4] !== 0x3a) return false;
    if (hasNeedle(bytes, start, end, NO_SUPPORT)) return WITHOUT.test(lineText(bytes, start, end).trimEnd());
    return isHexOrSign(last) && SETPCI.test(lineText(bytes, start, end).trimEnd());
  },
  // Scripts print lines of their own between them.
  gap: 8,
  read: readValues,
});

function isHexOrSign(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || byte === 0x0d || byte === 0x20;
}

/** Below a title an `ACSCtl:` line is of that function; two of them in a row are of no function that is named. */
function nextIsAcsCtl(bytes: Uint8Array, end: number): boolean {
  let at = end + 1;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x3e || bytes[at] === 0x7c) at++;
  return startsWithAny(bytes, at, ACS_CTL);
}

function readValues(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const functions: PartFunction[] = [];
  const loose: number[] = [];
  const without: PartFunction[] = [];
  for (const { text, line } of lines) {
    const [, address, digits] = SETPCI.exec(text) ?? [];
    const [, titled, flags] = FLAGS.exec(text) ?? [];
    const lacking = parseBdf((WITHOUT.exec(text)?.[1] ?? '').toLowerCase());
    if (lacking !== undefined) without.push({ bdf: lacking, line, acsLine: line, printedAcs: NO_ACS });
    const control =
      digits !== undefined ? Number.parseInt(digits, 16) : flags !== undefined ? controlOf(flags) : undefined;
    const bdf: Bdf | undefined = parseBdf((address ?? titled ?? '').toLowerCase());
    if (control === undefined) continue;
    if (bdf === undefined) loose.push(control);
    else functions.push({ bdf, line, acsLine: line, printedAcs: { cap: undefined, control } });
  }
  // Who may not read the registers sees none at all.
  if (functions.length > 0) functions.push(...without);
  const first = lines[0];
  if (first === undefined || (functions.length === 0 && loose.length === 0)) return undefined;
  const told = loose.length === 0 ? undefined : looseWords(loose);
  return {
    origin: { source, passage: 'acs-values', line: first.line, lastLine: lines.at(-1)?.line ?? first.line },
    ...(functions.length === 0 ? {} : { functions }),
    ...(told === undefined ? {} : { told }),
    findings:
      told === undefined
        ? []
        : [{ code: 'acs-without-address', severity: 'notice', where: `line ${first.line}`, text: `the text ${told}` }],
  };
}

/** No ACS can be controlled. */
const NO_ACS = { cap: 0, control: 0 };

/** Bits 0 ... 6 of ACS control in the order in which lspci prints them. */
const NAMES = ['SrcValid', 'TransBlk', 'ReqRedir', 'CmpltRedir', 'UpstreamFwd', 'EgressCtrl', 'DirectTrans'];
const REDIRECT = 0x2c;

function controlOf(flags: string): number {
  return NAMES.reduce((sum, name, bit) => (flags.includes(`${name}+`) ? sum | (1 << bit) : sum), 0);
}

function looseWords(controls: readonly number[]): string {
  const redirecting = controls.filter((control) => (control & REDIRECT) !== 0).length;
  const what =
    redirecting === 0
      ? 'none of which redirects'
      : `${redirecting} of which redirect${redirecting === 1 ? 's' : ''} requests or completions`;
  return `shows ACS control of ${controls.length} port${controls.length === 1 ? '' : 's'} without addresses, ${what}`;
}
