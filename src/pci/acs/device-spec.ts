/**
 * How the kernel command line names PCI devices: `pci:8086:1901`, `0000:02:01.0`, or a path from the root,
 * `0000:00:04.0/00.0/02.0`. Documentation/admin-guide/kernel-parameters.rst, "pci=".
 */
import { factValue } from '../../capture/index.ts';
import { bdfBus, bdfDevfn, bdfDomain } from '../../uapi/index.ts';
import type { PciFunction } from '../pci-function.ts';
import { upstreamBridge } from '../topology.ts';

/** One device named. Numbers of `ids` are 16 bits, 0 matches any. */
export type DeviceSpec =
  | {
      readonly kind: 'ids';
      readonly vendor: number;
      readonly device: number;
      readonly subsystemVendor: number;
      readonly subsystemDevice: number;
    }
  | {
      readonly kind: 'path';
      /** The topmost function; undefined where the text is none. The kernel notices when a device matches so far. */
      readonly head: { readonly domain: number; readonly bus: number; readonly devfn: number } | undefined;
      /** devfn of each function below the head, downwards; undefined as for `head`. */
      readonly below: readonly (number | undefined)[];
    }
  | { readonly kind: 'invalid' };

/** `unknown`: the input does not show the ids asked for. */
export type SpecMatch = 'match' | 'no-match' | 'invalid' | 'unknown';

const IDS = /^pci:([0-9a-f]+):([0-9a-f]+)(?::([0-9a-f]+):([0-9a-f]+))?/i;
const HOP = /^([0-9a-f]+)\.([0-9a-f]+)$/i;
const HEAD = /^(?:([0-9a-f]+):)?([0-9a-f]+):([0-9a-f]+)\.([0-9a-f]+)$/i;

/**
 * Reads the spec at the start of `text`, and how many characters it takes: ids end where they end, a path at `;` or at
 * the end of the text.
 * @kernel pci_dev_str_match drivers/pci/pci.c
 */
export function readDeviceSpec(text: string): { readonly spec: DeviceSpec; readonly length: number } {
  if (text.startsWith('pci:')) {
    const match = IDS.exec(text);
    if (match === null) return { spec: { kind: 'invalid' }, length: 0 };
    const [all, vendor, device, subsystemVendor, subsystemDevice] = match;
    const ids = [vendor, device, subsystemVendor, subsystemDevice].map(
      (hex) => Number.parseInt(hex ?? '0', 16) & 0xffff,
    );
    const [v = 0, d = 0, sv = 0, sd = 0] = ids;
    return {
      spec: { kind: 'ids', vendor: v, device: d, subsystemVendor: sv, subsystemDevice: sd },
      length: all.length,
    };
  }
  const path = text.split(';', 1)[0] ?? '';
  const [head = '', ...hops] = path.split('/');
  const below = hops.map((hop) => {
    const match = HOP.exec(hop);
    return match === null ? undefined : devfn(match[1], match[2]);
  });
  return { spec: { kind: 'path', head: readHead(head), below }, length: path.length };
}

function readHead(text: string): { domain: number; bus: number; devfn: number } | undefined {
  const match = HEAD.exec(text);
  if (match === null) return undefined;
  const [, domain = '0', bus = '', slot, fn] = match;
  return { domain: Number.parseInt(domain, 16), bus: Number.parseInt(bus, 16), devfn: devfn(slot, fn) };
}

function devfn(slot = '', fn = ''): number {
  return ((Number.parseInt(slot, 16) & 0x1f) << 3) | (Number.parseInt(fn, 16) & 7);
}

/** Is `fn` the device that `spec` names? @kernel pci_dev_str_match drivers/pci/pci.c */
export function matchDeviceSpec(fn: PciFunction, spec: DeviceSpec): SpecMatch {
  if (spec.kind === 'invalid') return 'invalid';
  if (spec.kind === 'path') return matchPath(fn, spec);
  const wanted = [spec.vendor, spec.device, spec.subsystemVendor, spec.subsystemDevice];
  const { vendor, device, subsystemVendor, subsystemDevice } = fn.ids;
  const found = [vendor, device, subsystemVendor, subsystemDevice].map(factValue);
  if (wanted.some((id, i) => id !== 0 && found[i] !== undefined && found[i] !== id)) return 'no-match';
  return wanted.some((id, i) => id !== 0 && found[i] === undefined) ? 'unknown' : 'match';
}

/** From the device upwards, as the kernel compares: a broken piece counts only for devices that match below it. */
function matchPath(fn: PciFunction, { head, below }: Extract<DeviceSpec, { kind: 'path' }>): SpecMatch {
  let at = fn;
  for (let i = below.length - 1; i >= 0; i--) {
    const hop = below[i];
    if (hop === undefined) return 'invalid';
    if (bdfDevfn(at.bdf) !== hop) return 'no-match';
    const above = upstreamBridge(at);
    if (above === undefined) return 'no-match';
    at = above;
  }
  if (head === undefined) return 'invalid';
  const same = bdfDomain(at.bdf) === head.domain && bdfBus(at.bdf) === head.bus && bdfDevfn(at.bdf) === head.devfn;
  return same ? 'match' : 'no-match';
}
