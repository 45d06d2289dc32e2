/** Which physical address an untranslated request means, on host bridges whose windows are shifted. */
import type { HostBridge } from '../pci/index.ts';
import type { HostAperture } from './physical.ts';
import type { Span } from './span.ts';

/**
 * The address of `span`, seen inside the root complex: in a shifted window of its own host bridge it is the bus
 * address of a device, and the window's offset leads to it; elsewhere it is the physical address. Two answers where
 * both may hold: the address is in a shifted window, and something else has the same physical address.
 */
export function inboundAddresses(apertures: readonly HostAperture[], source: HostBridge, span: Span): bigint[] {
  const own = apertures.find(({ rootBus }) => rootBus.hostBridge === source);
  for (const { cpu, offset } of own?.windows ?? []) {
    if (offset === 0n) continue;
    const start = BigInt.asUintN(64, cpu.start - offset);
    if (!span.isIn({ start, end: start + (cpu.end - cpu.start) })) continue;
    const shifted = BigInt.asUintN(64, span.address + offset);
    return hasOther(apertures, span) ? [shifted, span.address] : [shifted];
  }
  return [span.address];
}

function hasOther(apertures: readonly HostAperture[], span: Span): boolean {
  return apertures.some(({ windows }) => windows.some(({ cpu }) => span.isIn(cpu)));
}
