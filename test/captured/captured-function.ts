/** Captures made by hand for tests: config space is written byte by byte, everything else is not in the input. */
import {
  ABSENT,
  type CapturedFunction,
  ConfigSpace,
  type Fact,
  type MachineCapture,
  NOT_IN_INPUT,
} from '../../src/capture/index.ts';
import { type Bdf, parseBdf } from '../../src/uapi/index.ts';

/** The address a test names. */
export function bdf(text: string): Bdf {
  const parsed = parseBdf(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** Config space of `size` bytes from [offset, ...bytes] rows. */
export function configBytes(size: number, ...rows: readonly (readonly number[])[]): ConfigSpace {
  const bytes = new Uint8Array(size);
  for (const [offset = 0, ...values] of rows) bytes.set(values, offset);
  return new ConfigSpace(bytes, { whyUnknown: 'cut by the test' });
}

/** A function of which only address and config space are in the input, but for `facts`. */
export function capturedFunction(
  address: string,
  config: ConfigSpace,
  facts: Partial<CapturedFunction> = {},
): CapturedFunction {
  const unknown: Fact<never> = NOT_IN_INPUT;
  return {
    bdf: bdf(address),
    config,
    vendor: unknown,
    device: unknown,
    subsystemVendor: unknown,
    subsystemDevice: unknown,
    classCode: unknown,
    revision: unknown,
    printedName: ABSENT,
    resources: unknown,
    parent: unknown,
    rootBus: unknown,
    physfn: unknown,
    driver: unknown,
    numaNode: unknown,
    iommuGroup: unknown,
    dmaMaskBits: unknown,
    consistentDmaMaskBits: unknown,
    link: { speed: unknown, width: unknown, maxSpeed: unknown, maxWidth: unknown },
    label: unknown,
    powerState: unknown,
    p2pmemSize: unknown,
    ...facts,
  };
}

/** A machine of these functions, as an lspci dump would give it. */
export function capturedMachine(
  functions: readonly CapturedFunction[],
  facts: Partial<MachineCapture> = {},
): MachineCapture {
  return {
    source: { kind: 'lspci-hex', name: 'test' },
    parts: [],
    functions,
    rootBuses: NOT_IN_INPUT,
    kernel: { release: NOT_IN_INPUT, cmdline: NOT_IN_INPUT, config: NOT_IN_INPUT, modules: NOT_IN_INPUT },
    cpu: NOT_IN_INPUT,
    iomem: NOT_IN_INPUT,
    iommuGroups: NOT_IN_INPUT,
    iommus: NOT_IN_INPUT,
    ivhdEfr: NOT_IN_INPUT,
    findings: [],
    ...facts,
  };
}
