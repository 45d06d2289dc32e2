/** Wishes that people have, by name: who is to reach whom. */
import { factValue } from '../../capture/index.ts';
import { deviceKind, type PciFunction } from '../../pci/index.ts';
import { focusOf } from '../focus.ts';
import { type Standing, scopeOf, standingOf } from '../pair-scopes.ts';
import { COMPUTE, PEERS, type Want, wantPairs } from './want.ts';

/**
 * `nearest`: each GPU and accelerator with the network adapters and NVMe disks that share its switch, else its host bridge,
 * else its NUMA node, both ways. `same-switch`: all devices below one switch or on one card. `all`: everyone with everyone.
 */
export type Wish = 'nearest' | 'same-switch' | 'all';

/** The names. */
export const WISHES: readonly Wish[] = ['nearest', 'same-switch', 'all'];

/** The pairs of a wish, of devices that people do peer-to-peer DMA with. */
export function wishPairs(functions: readonly PciFunction[], wish: Wish): readonly Want[] {
  const { devices } = focusOf(functions);
  if (wish === 'all') return wantPairs(devices, devices, true);
  const standings = new Map(devices.map((fn) => [fn, standingOf(fn)]));
  const at = (fn: PciFunction): Standing => standings.get(fn) ?? standingOf(fn);
  if (wish === 'same-switch')
    return devices.flatMap((fn) =>
      wantPairs(
        [fn],
        devices.filter((other) => NEAR[0]?.(at(fn), at(other), fn, other) === true),
        false,
      ),
    );
  const peers = devices.filter((fn) => PEERS.includes(deviceKind(fn)));
  return devices
    .filter((fn) => COMPUTE.includes(deviceKind(fn)))
    .flatMap((fn) => {
      for (const near of NEAR) {
        const found = peers.filter((other) => near(at(fn), at(other), fn, other));
        if (found.length > 0) return wantPairs([fn], found, true);
      }
      return [];
    });
}

type Near = (a: Standing, b: Standing, fn: PciFunction, other: PciFunction) => boolean;

/** From near to far. */
const NEAR: readonly Near[] = [
  (a, b) => ['card', 'switch'].includes(scopeOf(a, b)),
  (a, b) => ['root-port', 'host-bridge'].includes(scopeOf(a, b)),
  (_a, _b, fn, other) => {
    const node = factValue(fn.captured.numaNode);
    return node !== undefined && node === factValue(other.captured.numaNode);
  },
];
