/** Random machines whose endpoints are GPUs, NICs and NVMe disks in turn. */

import { type Analysis, analyze } from '../../src/analyze.ts';
import { defined, Prng } from '../../src/base/index.ts';
import { buildMachine, type DeviceSpec, type RandomMachineOptions, randomMachineSpec } from '../../src/lab/index.ts';

const CLASSES = [0x030200, 0x020000, 0x010802, 0x120000];
/** What the generator gives endpoints of no kind. */
const PLAIN_CLASS = 0x088000;

/** The same seed and options give the same machine. */
export function randomServer(seed: number, options: RandomMachineOptions): Analysis {
  const spec = randomMachineSpec(new Prng(seed), { virtualFunctions: false, conventional: false, ...options });
  let count = seed;
  const dress = (devices: readonly DeviceSpec[]): DeviceSpec[] =>
    devices.map((device) => ({
      ...device,
      functions: device.functions.map((fn) => {
        if (fn === undefined) return fn;
        if (fn.bridge !== undefined) return { ...fn, bridge: { ...fn.bridge, devices: dress(fn.bridge.devices) } };
        if (fn.classCode !== PLAIN_CLASS) return fn;
        return { ...fn, classCode: CLASSES[count++ % CLASSES.length] ?? PLAIN_CLASS };
      }),
    }));
  const hostBridges = spec.hostBridges.map((bridge) => ({ ...bridge, devices: dress(bridge.devices) }));
  const built = buildMachine({ ...spec, hostBridges });
  return analyze(defined(built.ok ? built.value : undefined, 'room for the machine'));
}
