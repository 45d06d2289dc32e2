/** Small machines written down function by function, for tests of the tree, of ACS and of groups. */
import {
  ABSENT,
  type CapturedFunction,
  ConfigSpace,
  type Fact,
  known,
  type MachineCapture,
  NOT_IN_INPUT,
} from '../../src/capture/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from '../../src/pci/index.ts';
import { type Bdf, bdfBus, bdfDomain, bdfFunction, parseBdf } from '../../src/uapi/index.ts';

/** One function, by default a single-function endpoint 1b36:0010 of class 0880. */
export interface SmallFunction {
  readonly bdf: string;
  /** PCI_EXP_TYPE_*; undefined: conventional PCI. */
  readonly type?: number;
  /** Secondary bus of a bridge. */
  readonly secondary?: number;
  readonly acs?: readonly [cap: number, ctrl: number];
  readonly vendor?: number;
  readonly device?: number;
  readonly classCode?: number;
  /** Header type bit 7; functions above 0 have it anyway. */
  readonly multi?: boolean;
  readonly physfn?: string;
  readonly group?: number;
  /** Bytes of config space that the input shows. */
  readonly readable?: number;
  /** The 32-bit ACS Control of Intel ports, at +8. */
  readonly sptCtrl?: number;
}

/** What stands around the functions. */
export interface SmallMachine {
  /** ACPI instance by root bus number. */
  readonly instances?: Readonly<Record<number, number>>;
  readonly deviceTree?: boolean;
  readonly iommus?: MachineCapture['iommus'];
}

/** Builds the topology; the bridge above a function is the one whose secondary bus it is on. */
export function smallTopology(functions: readonly SmallFunction[], machine: SmallMachine = {}): PciTopology {
  const captured = functions.map((fn) => capture(fn, functions));
  const roots = new Set(captured.flatMap((fn) => (fn.parent.state === 'absent' ? [Math.floor(fn.bdf / 0x100)] : [])));
  return buildTopology({
    source: { kind: 'generated', name: 'small machine' },
    parts: [],
    functions: captured,
    rootBuses: known(
      [...roots].map((root) => {
        const instance = machine.instances?.[root % 0x100];
        return {
          domain: Math.floor(root / 0x100),
          bus: root % 0x100,
          firmwareInstance: instance === undefined ? NOT_IN_INPUT : known(instance),
          platformNode: machine.deviceTree === true ? known('10000000.pcie') : ABSENT,
        };
      }),
    ),
    kernel: { release: NOT_IN_INPUT, cmdline: NOT_IN_INPUT, config: NOT_IN_INPUT, modules: NOT_IN_INPUT },
    cpu: NOT_IN_INPUT,
    iomem: NOT_IN_INPUT,
    iommuGroups: known([]),
    iommus: machine.iommus ?? known([]),
    ivhdEfr: NOT_IN_INPUT,
    findings: [],
  });
}

/** The function at an address written as text. */
export function functionAt(topology: PciTopology, text: string): PciFunction {
  const fn = topology.byBdf.get(bdf(text));
  if (fn === undefined) throw new Error(`no function ${text}`);
  return fn;
}

function bdf(text: string): Bdf {
  const parsed = parseBdf(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

function capture(fn: SmallFunction, all: readonly SmallFunction[]): CapturedFunction {
  const at = bdf(fn.bdf);
  const bus = bdfBus(bdf(fn.physfn ?? fn.bdf));
  const parent = all.find((other) => other.secondary === bus && bdfDomain(bdf(other.bdf)) === bdfDomain(at));
  const config = new ConfigSpace(registers(fn).slice(0, fn.readable ?? 4096), {
    whyUnknown: 'config space is cut',
    size: fn.type === undefined ? 256 : 4096,
  });
  const asFact = <T>(value: T | undefined): Fact<T> => (value === undefined ? ABSENT : known(value));
  return {
    bdf: at,
    config,
    vendor: known(fn.vendor ?? 0x1b36),
    device: known(fn.device ?? 0x0010),
    subsystemVendor: ABSENT,
    subsystemDevice: ABSENT,
    classCode: known(fn.classCode ?? (fn.secondary === undefined ? 0x088000 : 0x060400)),
    revision: known(0),
    printedName: ABSENT,
    resources: NOT_IN_INPUT,
    parent: parent === undefined ? ABSENT : known(bdf(parent.bdf)),
    rootBus: NOT_IN_INPUT,
    physfn: asFact(fn.physfn === undefined ? undefined : bdf(fn.physfn)),
    driver: ABSENT,
    numaNode: ABSENT,
    iommuGroup: asFact(fn.group),
    dmaMaskBits: NOT_IN_INPUT,
    consistentDmaMaskBits: NOT_IN_INPUT,
    link: { speed: ABSENT, width: ABSENT, maxSpeed: ABSENT, maxWidth: ABSENT },
    label: ABSENT,
    powerState: ABSENT,
    p2pmemSize: ABSENT,
  };
}

/** Header, PCI Express capability at 0x40, ACS at 0x100: offsets from the PCIe Base Specification. */
function registers(fn: SmallFunction): Uint8Array {
  const bytes = new Uint8Array(fn.type === undefined ? 256 : 4096);
  const view = new DataView(bytes.buffer);
  view.setUint16(0x00, fn.vendor ?? 0x1b36, true);
  view.setUint16(0x02, fn.device ?? 0x0010, true);
  const multi = fn.multi === true || bdfFunction(bdf(fn.bdf)) > 0;
  view.setUint8(0x0e, (fn.secondary === undefined ? 0 : 1) | (multi ? 0x80 : 0));
  if (fn.secondary !== undefined) view.setUint8(0x19, fn.secondary);
  if (fn.type === undefined) return bytes;
  view.setUint16(0x06, 0x10, true);
  view.setUint8(0x34, 0x40);
  view.setUint8(0x40, 0x10);
  view.setUint16(0x42, 2 | (fn.type << 4), true);
  if (fn.acs === undefined) return bytes;
  view.setUint32(0x100, 0x0001_000d, true);
  view.setUint16(0x104, fn.acs[0], true);
  view.setUint16(0x106, fn.acs[1], true);
  view.setUint32(0x108, fn.sptCtrl ?? 0, true);
  return bytes;
}
