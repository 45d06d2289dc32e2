/** The memory BARs on a bus: which bus addresses each claims, and whether it does so now. */
import type { AddrRange } from '../base/index.ts';
import { ABSENT, type Fact, known } from '../capture/index.ts';
import type { PciFunction, PciResource } from '../pci/index.ts';
import {
  bdfBus,
  bdfDevfn,
  IORESOURCE_MEM,
  IORESOURCE_UNSET,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS_ENABLE,
  PCI_ROM_ADDRESS1,
} from '../uapi/index.ts';
import { ADDRESS_END } from './span.ts';

/** One BAR, or one slice of a VF BAR. */
export interface BarDecoder {
  readonly fn: PciFunction;
  /** Kernel resource index: 0-5 BAR, 6 ROM, 7-12 VF BARs whose virtual functions the input does not list. */
  readonly bar: number;
  /** Bus addresses. Of a BAR whose size is not known: from its address on. */
  readonly range: AddrRange;
  /** CPU address of the first byte. */
  readonly cpuStart: bigint;
  /** Does it claim addresses now? Known by the command register, or the SR-IOV control of the physical function. */
  readonly enabled: Fact<boolean>;
  /** False when the input has no size for it. */
  readonly sized: boolean;
}

const ROM = 6;
const FIRST_VF_BAR = 7;
const VF_BARS = 6;

/** Is a resource memory, and has firmware or kernel given it an address? */
export function hasMemoryAddress({ flags }: PciResource): boolean {
  return (flags & IORESOURCE_MEM) !== 0 && (flags & IORESOURCE_UNSET) === 0;
}

/** The memory BARs of the functions of one bus. */
export function barDecoders(functions: readonly PciFunction[]): BarDecoder[] {
  return functions.flatMap((fn) => [...ownBars(fn), ...vfSlices(fn, functions), ...unsizedBars(fn)]);
}

function ownBars(fn: PciFunction): BarDecoder[] {
  const decoders: BarDecoder[] = [];
  for (let bar = 0; bar <= ROM; bar++) {
    const resource = fn.resources[bar];
    if (resource === undefined || !hasMemoryAddress(resource)) continue;
    if (bar === ROM && !isRomEnabled(fn)) continue;
    decoders.push(decoder(fn, bar, resource.bus, resource.cpu.start, memoryEnabled(fn)));
  }
  return decoders;
}

/** The VF BARs of a physical function, one slice a virtual function that has no resources of its own in the input. */
function vfSlices(pf: PciFunction, functions: readonly PciFunction[]): BarDecoder[] {
  if (pf.sriov.state !== 'known') return [];
  const { enabled, memoryEnabled: memory, totalVfs, numVfs, firstOffset, stride } = pf.sriov.value;
  if (!enabled || totalVfs === 0) return [];
  const vfs = functions.filter((fn) => fn.physfn === pf);
  const decoders: BarDecoder[] = [];
  for (let index = 0; index < VF_BARS; index++) {
    const area = pf.resources[FIRST_VF_BAR + index];
    if (area === undefined || !hasMemoryAddress(area)) continue;
    const size = (area.bus.end - area.bus.start) / BigInt(totalVfs);
    if (vfs.length === 0) {
      const range = { start: area.bus.start, end: area.bus.start + size * BigInt(numVfs) };
      decoders.push(decoder(pf, FIRST_VF_BAR + index, range, area.cpu.start, known(memory)));
    }
    for (const vf of vfs) {
      if (vf.resources[index] !== undefined) continue;
      const distance = routingId(vf) - routingId(pf) - firstOffset;
      const n = BigInt(stride === 0 ? 0 : distance / stride);
      const range = { start: area.bus.start + n * size, end: area.bus.start + (n + 1n) * size };
      decoders.push(decoder(vf, index, range, area.cpu.start + n * size, known(memory)));
    }
  }
  return decoders;
}

function unsizedBars(fn: PciFunction): BarDecoder[] {
  return fn.unsizedBars
    .filter((bar) => (bar.flags & IORESOURCE_MEM) !== 0)
    .map(({ index, busAddress }) => ({
      fn,
      bar: index,
      range: { start: busAddress, end: ADDRESS_END },
      cpuStart: busAddress,
      enabled: memoryEnabled(fn),
      sized: false,
    }));
}

function decoder(fn: PciFunction, bar: number, range: AddrRange, cpuStart: bigint, enabled: Fact<boolean>): BarDecoder {
  return { fn, bar, range, cpuStart, enabled, sized: true };
}

/** Memory Space Enable; a virtual function has none of its own, its physical function has it for all of them. */
function memoryEnabled(fn: PciFunction): Fact<boolean> {
  if (fn.physfn !== undefined) {
    const { sriov } = fn.physfn;
    if (sriov.state !== 'known') return sriov.state === 'absent' ? ABSENT : sriov;
    return known(sriov.value.enabled && sriov.value.memoryEnabled);
  }
  return fn.command.state === 'known' ? known(fn.command.value.memory) : fn.command;
}

function isRomEnabled(fn: PciFunction): boolean {
  const isType1 = fn.headerType.state === 'known' && fn.headerType.value === 1;
  const enable = fn.captured.config.bits(isType1 ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS, 4, PCI_ROM_ADDRESS_ENABLE);
  return enable === PCI_ROM_ADDRESS_ENABLE;
}

function routingId(fn: PciFunction): number {
  return bdfBus(fn.bdf) * 0x100 + bdfDevfn(fn.bdf);
}
