/** Regular machines for benchmarks: chains of switches with an endpoint at every level. */
import { defined } from '../../base/index.ts';
import type { MachineCapture } from '../../capture/index.ts';
import { buildMachine } from './build-machine.ts';
import { EMPTY_BRIDGE, functionSpec, memoryBar } from './device-kinds.ts';
import type { DeviceSpec, FunctionSpec, HostBridgeSpec } from './machine-spec.ts';
import { GIB, MIB } from './place-addresses.ts';

/** Bus numbers of one host bridge; each has its own domain. */
const BUSES = 256;

/**
 * A machine of exactly `functions` functions. Below every root port hangs a chain of `levels` switches; each switch
 * has one port with an endpoint of eight functions and one port to the next switch (the last: to another endpoint).
 *
 *     root port - up - down - endpoint (8 functions)
 *                   `- down - up - down - endpoint
 *                              `- down - endpoint
 *
 * Every third downstream port redirects peer requests. Host bridges are of an allowlisted kind, each in a domain of
 * its own.
 */
export function cascade(levels: number, functions: number): MachineCapture {
  const budget = { left: functions, ports: 0 };
  const hostBridges: HostBridgeSpec[] = [];
  while (budget.left > 0) {
    hostBridges.push({
      domain: hostBridges.length,
      bus: 0,
      lastBus: undefined,
      numaNode: undefined,
      memoryWindow: undefined,
      prefetchableWindow: undefined,
      platform: undefined,
      behind: undefined,
      devices: rootBus(levels, budget),
    });
  }
  const built = buildMachine({
    name: `cascade of ${levels} levels, ${functions} functions`,
    kernel: { release: '7.3.4', cmdline: '', config: new Map([['CONFIG_PCI_P2PDMA', 'y']]), modules: [] },
    cpu: { vendorId: 'GenuineIntel', family: 6, modelName: 'Intel' },
    memory: 64 * GIB,
    iommu: undefined,
    hostBridges,
    missing: new Set(),
  });
  return defined(built.ok ? built.value : undefined, built.ok ? '' : `room for a cascade: ${built.error.text}`);
}

interface Budget {
  left: number;
  ports: number;
}

function rootBus(levels: number, budget: Budget): DeviceSpec[] {
  const busesOfChain = 2 + 3 * levels;
  const devices: DeviceSpec[] = [];
  const add = (spec: FunctionSpec) => devices.push({ slot: undefined, functions: [spec] });
  if (take(budget, 1) === 1) add(functionSpec('host-bridge'));
  const chains = Math.min(31, Math.floor((BUSES - 1) / busesOfChain));
  for (let i = 0; i < chains && take(budget, 1) === 1; i++) {
    add(functionSpec('root-port', { bridge: { ...EMPTY_BRIDGE, devices: chain(levels, budget) } }));
  }
  return devices;
}

function chain(levels: number, budget: Budget): DeviceSpec[] {
  if (levels === 0) return endpoint(budget);
  if (take(budget, 1) === 0) return [];
  const ports = [() => endpoint(budget), () => chain(levels - 1, budget)].flatMap((behind) => {
    if (take(budget, 1) === 0) return [];
    const redirect = budget.ports++ % 3 === 2;
    const acs = { cap: 0x5f, ctrl: redirect ? 0x1d : 0, egressVector: [] };
    const bridge = { ...EMPTY_BRIDGE, devices: behind() };
    return [{ slot: undefined, functions: [functionSpec('downstream-port', { acs, bridge })] }];
  });
  const bridge = { ...EMPTY_BRIDGE, devices: ports };
  return [{ slot: undefined, functions: [functionSpec('upstream-port', { bridge })] }];
}

function endpoint(budget: Budget): DeviceSpec[] {
  const count = take(budget, 8);
  const bars = [memoryBar(MIB, '64-pref')];
  if (count === 0) return [];
  return [{ slot: undefined, functions: Array.from({ length: count }, () => functionSpec('endpoint', { bars })) }];
}

/** Takes up to `wanted` functions; gives how many there were. */
function take(budget: Budget, wanted: number): number {
  const taken = Math.min(budget.left, wanted);
  budget.left -= taken;
  return taken;
}
