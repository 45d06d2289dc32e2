/** Words for the kernel command line that take up what stands there: one `pci=`, one `intel_iommu=`, nothing lost. */
import { type CmdlineWord, splitCmdline } from '../uapi/index.ts';
import type { IommuMode } from './iommu-boot.ts';

/** A change of the command line. */
export interface BootWords {
  /** What to put there: `pci=noats,disable_acs_redir=...`; '' where nothing is to be added. */
  readonly text: string;
  /** Words that go in return; '' for none. */
  readonly replaces: string;
  /** The command line with the change, without what is for init. */
  readonly cmdline: string;
}

/** Options of `pci=` that list ports. */
export interface PciLists {
  readonly disable_acs_redir?: readonly string[] | undefined;
  /** `FLAGS@PORT` each. */
  readonly config_acs?: readonly string[] | undefined;
}

/**
 * Adds ports to lists of `pci=`. Of lists of one name only the last counts, so the new one takes up what that holds;
 * other options of `pci=` stay, in the same word.
 */
export function pciListWords(cmdline: string, lists: PciLists): BootWords {
  let options = splitCmdline(cmdline)
    .filter(({ name }) => name === 'pci')
    .flatMap(({ value }) => (value ?? '').split(',').filter((option) => option !== ''));
  for (const name of ['disable_acs_redir', 'config_acs'] as const) {
    const added = lists[name] ?? [];
    if (added.length === 0) continue;
    const before = options.filter((option) => option.startsWith(`${name}=`)).at(-1);
    const listed = before?.slice(name.length + 1).split(';') ?? [];
    options = options.filter((option) => !option.startsWith(`${name}=`));
    options.push(`${name}=${mergeLists(added, listed).join(';')}`);
  }
  return reword(cmdline, { pci: options.length === 0 ? undefined : options.join(',') });
}

/** The elements of both lists; an old element for a port that is in the new list keeps only what the new leaves open. */
function mergeLists(added: readonly string[], listed: readonly string[]): readonly string[] {
  const old = new Map(listed.filter((element) => element !== '').map((element) => [portOf(element), element]));
  const merged = added.map((element) => {
    const before = old.get(portOf(element));
    old.delete(portOf(element));
    return before === undefined ? element : mergeFlags(element, before);
  });
  return [...merged, ...old.values()];
}

function portOf(element: string): string {
  return element.slice(element.indexOf('@') + 1);
}

/** Flags are read from the right, where source validation stands. */
function mergeFlags(element: string, before: string): string {
  if (!element.includes('@')) return element;
  const [flags, old] = [flagsOf(element), flagsOf(before)];
  const length = Math.max(flags.length, old.length);
  const at = (text: string, bit: number): string => text[text.length - 1 - bit] ?? 'x';
  let merged = '';
  for (let bit = 0; bit < length; bit++) merged = `${at(flags, bit) === 'x' ? at(old, bit) : at(flags, bit)}${merged}`;
  return `${merged}@${portOf(element)}`;
}

function flagsOf(element: string): string {
  return element.slice(0, Math.max(0, element.indexOf('@')));
}

/** Brings an IOMMU mode about, whichever IOMMU the machine has. Options that say otherwise go, others stay. */
export function iommuModeWords(cmdline: string, mode: IommuMode): BootWords {
  const words = splitCmdline(cmdline);
  const rest = (name: string, without: readonly string[]): string[] =>
    words
      .filter((word) => word.name === name)
      .flatMap(({ value }) => (value ?? '').split(','))
      .filter((option) => option !== '' && !without.some((prefix) => option.startsWith(prefix)));
  const joined = (options: readonly string[]): string | undefined =>
    options.length === 0 ? undefined : options.join(',');
  if (mode === 'off') {
    return reword(cmdline, {
      intel_iommu: joined(['off', ...rest('intel_iommu', ['on', 'off'])]),
      amd_iommu: joined(['off', ...rest('amd_iommu', ['off'])]),
    });
  }
  const lazy = mode === 'dma-fq';
  return reword(cmdline, {
    intel_iommu: joined(['on', ...rest('intel_iommu', ['on', 'off', ...(lazy ? ['strict'] : [])])]),
    amd_iommu: joined(rest('amd_iommu', ['off', ...(lazy ? ['fullflush'] : [])])),
    iommu: joined(rest('iommu', ['off', 'pt', 'nopt'])),
    'iommu.passthrough': mode === 'pt' ? '1' : '0',
    ...(mode === 'pt' ? {} : { 'iommu.strict': lazy ? '0' : '1' }),
  });
}

/** Gives parameters a value, or none; a parameter that stands there once with that value is left alone. */
function reword(cmdline: string, wanted: Readonly<Record<string, string | undefined>>): BootWords {
  let words = splitCmdline(cmdline);
  const [added, gone]: [string[], string[]] = [[], []];
  for (const [name, value] of Object.entries(wanted)) {
    const present = words.filter((word) => word.name === name);
    const now = value === undefined ? [] : [{ name, value }];
    if (present.length === now.length && present.every((word, at) => word.value === now[at]?.value)) continue;
    added.push(...now.map(written));
    gone.push(...present.map(written));
    words = words.filter((word) => word.name !== name);
  }
  return { text: added.join(' '), replaces: gone.join(' '), cmdline: [...words.map(written), ...added].join(' ') };
}

/** As the kernel reads it back: quotes keep spaces together. */
function written({ name, value }: CmdlineWord): string {
  const word = value === undefined ? name : `${name}=${value}`;
  return /\s/.test(word) ? `"${word}"` : word;
}

/** Words that boot loaders put on the command line by themselves. */
const OF_LOADER: ReadonlySet<string> = new Set(['BOOT_IMAGE', 'initrd']);

/** A command line as it is written into a boot loader's configuration. */
export function loaderLine(cmdline: string): string {
  return splitCmdline(cmdline)
    .filter(({ name }) => !OF_LOADER.has(name))
    .map(written)
    .join(' ');
}
