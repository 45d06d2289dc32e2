/** What a kernel command line says about PCI and the IOMMU, as that kernel reads it. */
import { isKnownWord } from './cmdline-options.ts';
import { type CmdlineWord, parseCmdlineBool, splitCmdline } from './cmdline-words.ts';

/** The parameters that peerpath needs. Undefined: not given (or refused), the kernel's default holds. */
export interface KernelCmdline {
  readonly text: string;
  readonly pci: {
    /** The list after `pci=disable_acs_redir=`, up to the next comma. */
    readonly disableAcsRedir: string | undefined;
    /** The list after `pci=config_acs=`, up to the next comma. */
    readonly configAcs: string | undefined;
    /** `pci=noats`. */
    readonly noAts: boolean;
  };
  readonly iommu: {
    /** x86 `iommu=off`. */
    readonly off: boolean;
    /** x86 `iommu=force`. */
    readonly force: boolean;
    /** Default domain asked for: true identity (`iommu=pt`, `iommu.passthrough=1`), false translated. The last one counts. */
    readonly passthrough: boolean | undefined;
    /** `iommu.strict=`. */
    readonly strict: boolean | undefined;
    /** `iommu.forcedac=`. */
    readonly forceDac: boolean | undefined;
  };
  readonly intel: {
    /** `intel_iommu=on` or `off`; undefined: as the kernel was built. */
    readonly on: boolean | undefined;
    readonly strict: boolean;
    /** `sp_off`: no super pages. */
    readonly superPagesOff: boolean;
    /** `sm_on` or `sm_off`: scalable mode. */
    readonly scalableMode: boolean | undefined;
    /** `igfx_off`: no IOMMU for the integrated graphics. */
    readonly graphicsOff: boolean;
  };
  readonly amd: {
    readonly off: boolean;
    /** `fullflush`: strict. */
    readonly fullFlush: boolean;
    /** `pgtbl_v1` or `pgtbl_v2`. */
    readonly pageTable: 'v1' | 'v2' | undefined;
    readonly v2PageSizesOnly: boolean;
    readonly noHugePages: boolean;
  };
  /** What was written but does not do what its writer may think, in the order of the command line. */
  readonly notes: readonly CmdlineNote[];
}

/** Something on the command line that has no effect. */
export interface CmdlineNote {
  readonly code: CmdlineNoteCode;
  /** The piece of the command line, for example `pci=noacs`. */
  readonly option: string;
}

/**
 * - `no-such-option`: no Linux has it.
 * - `out-of-tree`: only kernels with a patch that is in no mainline release have it.
 * - `lost-after-comma`: a device after a comma inside `pci=`; the kernel splits there and takes it for an option.
 * - `overridden`: the same option comes again later; the later one counts.
 * - `bad-value`: the kernel refuses the value.
 * - `not-on-this-architecture`: the option belongs to x86.
 */
export type CmdlineNoteCode =
  | 'no-such-option'
  | 'out-of-tree'
  | 'lost-after-comma'
  | 'overridden'
  | 'bad-value'
  | 'not-on-this-architecture';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The command line while it is read. */
interface Draft {
  readonly arch: 'x86' | 'other';
  readonly pci: Writable<KernelCmdline['pci']>;
  readonly iommu: Writable<KernelCmdline['iommu']>;
  readonly intel: Writable<KernelCmdline['intel']>;
  readonly amd: Writable<KernelCmdline['amd']>;
  readonly notes: CmdlineNote[];
}

/**
 * Reads `/proc/cmdline`. `arch` says whether the x86 options (`iommu=`, `intel_iommu=`, `amd_iommu=`) exist in that
 * kernel; elsewhere they are noted and have no effect.
 */
export function parseKernelCmdline(text: string, arch: 'x86' | 'other' = 'x86'): KernelCmdline {
  const draft: Draft = {
    arch,
    pci: { disableAcsRedir: undefined, configAcs: undefined, noAts: false },
    iommu: { off: false, force: false, passthrough: undefined, strict: undefined, forceDac: undefined },
    intel: { on: undefined, strict: false, superPagesOff: false, scalableMode: undefined, graphicsOff: false },
    amd: { off: false, fullFlush: false, pageTable: undefined, v2PageSizesOnly: false, noHugePages: false },
    notes: [],
  };
  for (const word of splitCmdline(text)) readWord(draft, word);
  return { text, pci: draft.pci, iommu: draft.iommu, intel: draft.intel, amd: draft.amd, notes: draft.notes };
}

function readWord(draft: Draft, { name, value }: CmdlineWord): void {
  if (name === 'pci') {
    readPci(draft, value ?? '');
  } else if (name === 'iommu' || name === 'intel_iommu' || name === 'amd_iommu') {
    const part = name === 'intel_iommu' ? 'intel' : name === 'amd_iommu' ? 'amd' : 'iommu';
    if (draft.arch === 'x86') readX86(draft, part, value ?? '');
    else note(draft, 'not-on-this-architecture', `${name}=${value ?? ''}`);
  } else if (name === 'iommu.passthrough') {
    draft.iommu.passthrough = readBool(draft, name, value) ?? draft.iommu.passthrough;
  } else if (name === 'iommu.strict') {
    draft.iommu.strict = readBool(draft, name, value) ?? draft.iommu.strict;
  } else if (name === 'iommu.forcedac') {
    draft.iommu.forceDac = readBool(draft, name, value) ?? draft.iommu.forceDac;
  } else if (name === 'pcie_acs_override') {
    note(draft, 'out-of-tree', `${name}=${value ?? ''}`);
  }
}

/**
 * Options of `pci=` are whole words between commas, so a list inside one can only use `;`.
 * @kernel pci_setup drivers/pci/pci.c
 */
function readPci(draft: Draft, value: string): void {
  let afterList = false;
  for (const word of value.split(',')) {
    const [, option, list] = /^(disable_acs_redir|config_acs)=(.*)$/.exec(word) ?? [];
    if (option === undefined || list === undefined) {
      if (word === 'noats') draft.pci.noAts = true;
      if (afterList && DEVICE_IN_LIST.test(word)) note(draft, 'lost-after-comma', word);
      else if (!isKnownWord('pci', word)) note(draft, 'no-such-option', `pci=${word}`);
      continue;
    }
    afterList = true;
    const key = option === 'config_acs' ? 'configAcs' : 'disableAcsRedir';
    const before = draft.pci[key];
    if (before !== undefined) note(draft, 'overridden', `pci=${option}=${before}`);
    draft.pci[key] = list;
  }
}

/** A device of an ACS list, with or without flags. */
const DEVICE_IN_LIST = /^(?:[01xX]+@)?(?:pci:|[0-9a-f]+:)[0-9a-f:./;]+$/i;

/** Options of the x86 parameters: each word between commas is known by how it begins, and sets one thing. */
const X86_WORDS: {
  readonly [P in 'iommu' | 'intel' | 'amd']: readonly (readonly [prefix: string, sets: Partial<KernelCmdline[P]>])[];
} = {
  iommu: [
    ['off', { off: true }],
    ['force', { force: true }],
    ['pt', { passthrough: true }],
    ['nopt', { passthrough: false }],
  ],
  intel: [
    ['on', { on: true }],
    ['off', { on: false }],
    ['strict', { strict: true }],
    ['sp_off', { superPagesOff: true }],
    ['sm_on', { scalableMode: true }],
    ['sm_off', { scalableMode: false }],
    ['igfx_off', { graphicsOff: true }],
  ],
  amd: [
    ['off', { off: true }],
    ['fullflush', { fullFlush: true }],
    ['pgtbl_v1', { pageTable: 'v1' }],
    ['pgtbl_v2', { pageTable: 'v2' }],
    ['v2_pgsizes_only', { v2PageSizesOnly: true }],
    ['nohugepages', { noHugePages: true }],
  ],
};

const PARAMETERS = { iommu: 'iommu', intel: 'intel_iommu', amd: 'amd_iommu' } as const;

function readX86(draft: Draft, part: 'iommu' | 'intel' | 'amd', value: string): void {
  for (const word of value.split(',')) {
    const parameter = PARAMETERS[part];
    if (!isKnownWord(parameter, word)) note(draft, 'no-such-option', `${parameter}=${word}`);
    Object.assign(draft[part], X86_WORDS[part].find(([prefix]) => word.startsWith(prefix))?.[1]);
  }
}

function readBool(draft: Draft, name: string, value: string | undefined): boolean | undefined {
  const bool = parseCmdlineBool(value);
  if (bool === undefined) note(draft, 'bad-value', value === undefined ? name : `${name}=${value}`);
  return bool;
}

function note(draft: Draft, code: CmdlineNoteCode, option: string): void {
  draft.notes.push({ code, option });
}
