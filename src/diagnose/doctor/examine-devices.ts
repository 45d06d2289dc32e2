/** Links, BARs and DMA masks. */
import { type RawText, unshown } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { cellMapType, type MapTypeMatrix, matrixCell } from '../../p2pdma/index.ts';
import { deviceKind, isFocusKind, type PciFunction } from '../../pci/index.ts';
import { IORESOURCE_IO, IORESOURCE_UNSET } from '../../uapi/index.ts';
import { isWithoutGroups } from '../isolation.ts';
import type { Situation } from '../what-if.ts';
import type { Ailment } from './ailment.ts';
import { isResting, type SlowLink, slowLink } from './slow-link.ts';

/** What single devices lack for peer-to-peer DMA. */
export function examineDevices(situation: Situation, matrix: MapTypeMatrix): Ailment[] {
  const { functions } = situation.machine.topology;
  const peers = functions.filter((fn) => isFocusKind(deviceKind(fn)));
  return [...smallBars(peers), ...linksBelow(peers), ...throughHostBridge(situation, matrix, peers)];
}

/** Only BARs of devices whose memory is shared; those that are alike together. */
function smallBars(peers: readonly PciFunction[]): Ailment[] {
  const alike = new Map<string, { bar: number; size: bigint; largest: bigint; devices: PciFunction[] }>();
  for (const fn of peers) {
    if (!['gpu', 'accelerator'].includes(deviceKind(fn))) continue;
    for (const { bar, size, supported } of factValue(fn.rebar) ?? []) {
      const largest = supported.at(-1) ?? 0n;
      if (size >= largest) continue;
      const key = `${bar} ${size} ${largest}`;
      const before = alike.get(key);
      if (before === undefined) alike.set(key, { bar, size, largest, devices: [fn] });
      else before.devices.push(fn);
    }
  }
  return [...alike.values()].map((each) => ({ code: 'bar-small', ...each }));
}

/** Those that run alike together. */
function linksBelow(peers: readonly PciFunction[]): Ailment[] {
  const alike = new Map<string, { readonly slow: SlowLink; readonly devices: PciFunction[] }>();
  for (const fn of peers) {
    const slow = slowLink(fn);
    if (slow === undefined) continue;
    const { now, could } = slow;
    const key = [isResting(fn, slow), now.speed, now.width, could.speed, could.width].join(' ');
    const before = alike.get(key);
    if (before === undefined) alike.set(key, { slow, devices: [fn] });
    else before.devices.push(fn);
  }
  return [...alike.values()].map(({ slow, devices }) => {
    const resting = devices.every((fn) => isResting(fn, slow));
    return { code: 'link-below', devices, ...slow, resting };
  });
}

/** With IOVA the mask is kept by the allocator; with physical addresses it must reach the BAR. */
function throughHostBridge(
  { machine, groups }: Situation,
  matrix: MapTypeMatrix,
  peers: readonly PciFunction[],
): Ailment[] {
  const { capture } = machine.topology;
  const types = new Map(factValue(capture.iommuGroups)?.map(({ id, type }) => [id, factValue(type)]));
  const withoutIommu = groups !== undefined && isWithoutGroups(groups);
  const translated = new Set<RawText>();
  let pairs = 0;
  const beyond: Ailment[] = [];
  for (const importer of peers) {
    const providers = peers.filter(
      (fn) => fn !== importer && cellMapType(matrixCell(matrix, fn, importer)) === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
    );
    const type = types.get(factValue(importer.captured.iommuGroup) ?? -1);
    if (type !== undefined && unshown(type).startsWith('DMA')) {
      if (providers.length > 0) translated.add(type);
      pairs += providers.length;
    }
    const maskBits = factValue(importer.captured.dmaMaskBits);
    const physical = withoutIommu || unshown(type) === 'identity';
    // Without a driver the mask is the 32 bits that every device starts with.
    if (!physical || maskBits === undefined || importer.captured.driver.state !== 'known') continue;
    const far = providers.filter((fn) => highestAddress(fn) >= 1n << BigInt(maskBits));
    if (far.length > 0) beyond.push({ code: 'beyond-mask', importer, maskBits, providers: far });
  }
  return [...beyond, ...(pairs > 0 ? [{ code: 'translated', pairs, types: [...translated] } as const] : [])];
}

function highestAddress(fn: PciFunction): bigint {
  const bars = fn.resources
    .slice(0, 6)
    .filter((bar) => bar !== undefined && (bar.flags & (IORESOURCE_IO | IORESOURCE_UNSET)) === 0);
  return bars.reduce((highest, bar) => (bar !== undefined && bar.cpu.end > highest ? bar.cpu.end - 1n : highest), 0n);
}
