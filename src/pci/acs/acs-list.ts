/** The lists of `pci=disable_acs_redir=` and `pci=config_acs=`, walked for one device as the kernel walks them. */
import type { PciFunction } from '../pci-function.ts';
import { ACS_REDIRECT_BITS, BASIC_ACS_BITS } from './acs-control.ts';
import { type DeviceSpec, matchDeviceSpec, readDeviceSpec } from './device-spec.ts';

/** What a list says of one device: which bits of Control to replace, by what. `unknown`: ids are not in the input. */
export type AcsListAnswer =
  | { readonly kind: 'match'; readonly mask: number; readonly bits: number }
  | { readonly kind: 'no-match' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'error'; readonly error: AcsListError };

/**
 * Why the kernel gave up on a list; what comes after is not read. Its messages: `ACS Flags missing`,
 * `Invalid ACS flags... Ignoring`, `Invalid ACS flags specified`, `PCI: Can't parse ACS command line parameter`.
 */
export type AcsListError = 'flags-missing' | 'flags-invalid' | 'flags-beyond-dt' | 'device-invalid';

/**
 * `pci=disable_acs_redir=SPEC;SPEC...`: the first match counts.
 * @kernel __pci_config_acs drivers/pci/pci.c
 */
export function walkDisableAcsRedir(fn: PciFunction, list: string): AcsListAnswer {
  return walk(fn, disableAcsRedirElements(list));
}

/**
 * `pci=config_acs=FLAGS@SPEC;FLAGS@SPEC...`: the first match counts. Every element needs flags of its own: the kernel
 * takes all text up to the next `@` for flags.
 * @kernel __pci_config_acs drivers/pci/pci.c
 */
export function walkConfigAcs(fn: PciFunction, list: string): AcsListAnswer {
  return walk(fn, configAcsElements(list));
}

const disableAcsRedirElements = elementReader((rest) => ({ mask: ACS_REDIRECT_BITS, bits: 0, start: rest }));

const configAcsElements = elementReader((rest) => {
  const at = rest.indexOf('@');
  if (at < 0) return 'flags-missing';
  const flags = readFlags(rest.slice(0, at));
  return typeof flags === 'string' ? flags : { ...flags, start: rest.slice(at + 1) };
});

/** Flags read right to left, bit 0 last: `0`, `1`, `x` (leave as firmware had it). */
function readFlags(text: string): { mask: number; bits: number } | AcsListError {
  if (!/^[01xX]*$/.test(text)) return 'flags-invalid';
  const shift = (digit: string): number =>
    [...text].reduceRight((sum, c, i) => sum + (c === digit ? 2 ** (text.length - 1 - i) : 0), 0);
  const ones = shift('1');
  const mask = ones + shift('0');
  return mask > BASIC_ACS_BITS ? 'flags-beyond-dt' : { mask, bits: ones };
}

/** One element, or what the kernel finds wrong when it comes that far. */
type Element = { readonly mask: number; readonly bits: number; readonly spec: DeviceSpec } | AcsListError;
type Flags = { readonly mask: number; readonly bits: number; readonly start: string };

/** The list of the machine as it is and that of the boot that is imagined are asked for in turns. */
const MOST_LISTS = 2;

/** Takes lists apart. Every function of a machine asks about the same ones, so the latest are remembered. */
function elementReader(readStart: (rest: string) => Flags | AcsListError): (list: string) => readonly Element[] {
  const known = new Map<string, readonly Element[]>();
  return (list) => {
    const found = known.get(list);
    if (found !== undefined) return found;
    const elements = readElements(list, readStart);
    const [oldest] = known.keys();
    if (known.size === MOST_LISTS && oldest !== undefined) known.delete(oldest);
    known.set(list, elements);
    return elements;
  };
}

function readElements(list: string, readStart: (rest: string) => Flags | AcsListError): Element[] {
  const elements: Element[] = [];
  for (let rest = list; rest !== ''; ) {
    const flags = readStart(rest);
    if (typeof flags === 'string') return [...elements, flags];
    const { mask, bits, start } = flags;
    const { spec, length } = readDeviceSpec(start);
    elements.push({ mask, bits, spec });
    // Anything but a separator ends the list without a word.
    if (!/^[;,]/.test(start.slice(length))) break;
    rest = start.slice(length + 1);
  }
  return elements;
}

function walk(fn: PciFunction, elements: readonly Element[]): AcsListAnswer {
  for (const element of elements) {
    if (typeof element === 'string') return { kind: 'error', error: element };
    const match = matchDeviceSpec(fn, element.spec);
    if (match === 'invalid') return { kind: 'error', error: 'device-invalid' };
    if (match === 'unknown') return { kind: 'unknown' };
    if (match === 'match') return { kind: 'match', mask: element.mask, bits: element.bits };
  }
  return { kind: 'no-match' };
}
