/** Functions as JSON: the form of `devices --json` and of `functions` elsewhere (docs/json.md). */
import { hex, unshown } from '../base/index.ts';
import { type Fact, factValue } from '../capture/index.ts';
import type { Situation } from '../diagnose/index.ts';
import { acsOf, BASIC_ACS_BITS, deviceKind, type PciFunction } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import type { DeviceNames } from './names.ts';

/** One function. Ids are written as sysfs writes them; null stands for absent and for unknown facts alike. */
export interface FunctionJson {
  readonly bdf: string;
  readonly label: string | null;
  readonly vendor: string | null;
  readonly device: string | null;
  readonly class: string | null;
  readonly name: string;
  readonly kind: string;
  readonly driver: string | null;
  readonly numaNode: number | null;
  readonly iommuGroup: number | null;
  readonly parent: string | null;
  readonly physfn: string | null;
  readonly bars: readonly BarJson[];
  readonly link: LinkJson | null;
  readonly acs: AcsJson;
  readonly secondaryBus?: number;
  readonly subordinateBus?: number;
}

/** One BAR, ROM or VF BAR by kernel resource index; `size` is null where the input shows only the address. */
export interface BarJson {
  readonly index: number;
  readonly start: string;
  readonly size: string | null;
  readonly flags: string;
  /** Null where the input does not tell it. */
  readonly busAddress: string | null;
}

/** Speeds in GT/s, widths in lanes. */
export interface LinkJson {
  readonly speed: number | null;
  readonly width: number | null;
  readonly maxSpeed: number | null;
  readonly maxWidth: number | null;
}

/** ACS registers; `why` only where they, or bits of Control, are not known. */
export interface AcsJson {
  readonly state: 'known' | 'absent' | 'unreadable';
  readonly cap: string | null;
  readonly ctrl: string | null;
  readonly why?: string;
}

/** One function under a situation, keys in fixed order. */
export function functionJson(fn: PciFunction, names: DeviceNames, situation: Situation): FunctionJson {
  const buses = factValue(fn.buses);
  return {
    bdf: formatBdf(fn.bdf),
    label: names.labelOf(fn) ?? null,
    vendor: idJson(fn.ids.vendor, 4),
    device: idJson(fn.ids.device, 4),
    class: idJson(fn.ids.classCode, 6),
    name: names.nameOf(fn),
    kind: deviceKind(fn),
    driver: unshown(factValue(fn.captured.driver)) ?? null,
    numaNode: factValue(fn.captured.numaNode) ?? null,
    iommuGroup: groupNumber(situation, fn) ?? null,
    parent: fn.parent === undefined ? null : formatBdf(fn.parent.bdf),
    physfn: fn.physfn === undefined ? null : formatBdf(fn.physfn.bdf),
    bars: barsJson(fn),
    link: linkJson(fn),
    acs: acsJson(situation, fn),
    ...(buses === undefined ? {} : { secondaryBus: buses.secondary, subordinateBus: buses.subordinate }),
  };
}

function idJson(id: Fact<number>, digits: number): string | null {
  return id.state === 'known' ? `0x${id.value.toString(16).padStart(digits, '0')}` : null;
}

/** Bridge windows (13 and up) are no BARs. */
const LAST_BAR = 12;

function barsJson(fn: PciFunction): BarJson[] {
  const bars: BarJson[] = [];
  for (const resource of fn.resources) {
    if (resource === undefined || resource.index > LAST_BAR) continue;
    const { index, cpu, bus, busAssumed, flags } = resource;
    const size = hex(cpu.end - cpu.start);
    const busAddress = busAssumed === true ? null : hex(bus.start);
    bars.push({ index, start: hex(cpu.start), size, flags: hex(flags), busAddress });
  }
  for (const { index, busAddress, flags } of fn.unsizedBars) {
    bars.push({ index, start: hex(busAddress), size: null, flags: hex(flags), busAddress: hex(busAddress) });
  }
  return bars.sort((a, b) => a.index - b.index);
}

function linkJson(fn: PciFunction): LinkJson | null {
  const link = factValue(fn.link);
  if (link === undefined) return null;
  return {
    speed: factValue(link.speed) ?? null,
    width: factValue(link.width) ?? null,
    maxSpeed: factValue(link.maxSpeed) ?? null,
    maxWidth: factValue(link.maxWidth) ?? null,
  };
}

/** The registers of a function as a situation has them. */
export function acsJson({ machine }: Situation, fn: PciFunction): AcsJson {
  const acs = acsOf(machine.acs, fn);
  if (acs.state === 'absent') return { state: 'absent', cap: null, ctrl: null };
  if (acs.state === 'unreadable') return { state: 'unreadable', cap: null, ctrl: null, why: acs.why };
  const { cap, control, why } = acs.value;
  const isKnown = (control.known & BASIC_ACS_BITS) === BASIC_ACS_BITS;
  return isKnown
    ? { state: 'known', cap: hex(cap), ctrl: hex(control.value) }
    : { state: 'known', cap: hex(cap), ctrl: null, why };
}

/** The number of a function's IOMMU group under a situation; undefined where it has none or where that is not known. */
function groupNumber({ boot, groups }: Situation, fn: PciFunction): number | undefined {
  if (groups?.state === 'known') return groups.groups.of(fn)?.number;
  return groups === undefined && boot === undefined ? factValue(fn.captured.iommuGroup) : undefined;
}
