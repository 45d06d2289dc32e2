/** What only the input as a whole tells about each of its functions. */
import { type Bdf, bdfDomain, PCI_EXT_CAP_START, X86_BRIDGE_VENDORS } from '../../uapi/index.ts';
import { cutWidth } from './line-loss.ts';
import { MaskedBytes } from './masked-bytes.ts';
import type { ParsedFunction } from './parsed-function.ts';
import type { AddressKind } from './synthesize-addresses.ts';
import { virtualFunctions } from './virtual-functions.ts';

/** Facts about the run of lspci and the machine. */
export interface DumpContext {
  /** Extended capabilities of some function were printed, so lspci could read them. */
  readonly extendedReadable: boolean;
  /** Lines of this kind were printed for some function: where there is none, there is nothing to print. */
  readonly printsDrivers: boolean;
  readonly printsNumaNodes: boolean;
  readonly printsIommuGroups: boolean;
  /** As many functions have no line about their IOMMU group as have one. */
  readonly mostHaveNoGroup: boolean;
  /** Lines end where something cut them: a list at the end of a line may go on. */
  readonly linesCut: boolean;
  /** What the printed addresses are, for a function in `domain`. */
  readonly addressesIn: (domain: number) => AddressKind;
  /** Virtual functions, as the SR-IOV capabilities in the text tell. */
  readonly virtualFunctions: ReadonlySet<Bdf>;
  /** Where one config space after the other is put together. */
  readonly scratch: MaskedBytes;
}

const PCI_CLASS_BRIDGE_HOST = 0x0600;
/** Domains of Intel's Volume Management Device, which can translate addresses in virtual machines. */
const FIRST_VMD_DOMAIN = 0x10000;

/**
 * Looks at all functions.
 * @param columnsCut see `withWholeWords`
 */
export function dumpContext(functions: readonly ParsedFunction[], columnsCut: boolean): DumpContext {
  const groups = functions.filter(({ text }) => text.iommuGroup !== undefined).length;
  const regions = functions.flatMap(({ text }) => text.regions);
  const unsized =
    regions.some(({ address }) => address !== undefined) && regions.every(({ size }) => size === undefined);
  // On x86, host bridges do not translate: CPU addresses are what stands in the registers.
  const x86 = functions.some(
    ({ title }) => title.classCode === PCI_CLASS_BRIDGE_HOST && X86_BRIDGE_VENDORS.has(title.vendor),
  );
  return {
    extendedReadable: functions.some(({ text }) => text.capabilities.some(({ offset }) => offset >= PCI_EXT_CAP_START)),
    printsDrivers: functions.some(({ text }) => text.values.has('Kernel driver in use')),
    printsNumaNodes: functions.some(({ text }) => text.numaNode !== undefined),
    linesCut: columnsCut || functions.some(({ text }) => cutWidth(text) > 0),
    printsIommuGroups: groups > 0,
    mostHaveNoGroup: 2 * groups <= functions.length,
    addressesIn: (domain) => (unsized ? 'register' : x86 && domain < FIRST_VMD_DOMAIN ? 'cpu-as-register' : 'cpu'),
    virtualFunctions: virtualFunctions(functions),
    scratch: new MaskedBytes(),
  };
}

/** What the printed addresses of `bdf` are. */
export function addressKind(context: DumpContext, bdf: Bdf): AddressKind {
  return context.addressesIn(bdfDomain(bdf));
}
