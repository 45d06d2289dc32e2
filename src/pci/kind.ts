/** What a function is good for, in one word people use: one table of classes, ids and printed names. */
import { unshown } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { PCI_EXP_TYPE_DOWNSTREAM, PCI_EXP_TYPE_ROOT_PORT, PCI_EXP_TYPE_UPSTREAM } from '../uapi/index.ts';
import type { DeviceKind } from './device-kind.ts';
import { kindByName } from './kind-by-name.ts';
import type { PciFunction } from './pci-function.ts';

const FOCUS_KINDS: ReadonlySet<DeviceKind> = new Set(['gpu', 'accelerator', 'nvswitch', 'nic', 'ib', 'dpu', 'nvme']);
const BRIDGE_KINDS: ReadonlySet<DeviceKind> = new Set(['root-port', 'switch-upstream', 'switch-downstream', 'bridge']);
const PLATFORM_KINDS: ReadonlySet<DeviceKind> = new Set([
  'host-bridge',
  'system',
  'companion',
  'switch-management',
  'dummy',
]);

/** Kinds in the order in which people look for them. */
export const KIND_ORDER: readonly DeviceKind[] = [
  'gpu',
  'accelerator',
  'nvswitch',
  'nic',
  'ib',
  'dpu',
  'nvme',
  'storage',
  'video',
  'memory',
  'display',
  'wireless',
  'usb',
  'audio',
  'other',
];

const NVIDIA = 0x10de;
const AMD_GRAPHICS = 0x1002;
const AMD = 0x1022;
const INTEL = 0x8086;
const MELLANOX = 0x15b3;
const BROADCOM = 0x1000;

/** What makes a function one of a kind. Ids that the input lacks are made up for by words of the printed name. */
interface KindRow {
  readonly kind: DeviceKind;
  readonly vendors?: readonly number[];
  readonly devices?: readonly number[];
  readonly name?: RegExp;
}

/** BlueField of Mellanox, Pensando of AMD, the E2000 of Intel. */
const DPU_ROWS: readonly KindRow[] = [
  { kind: 'dpu', vendors: [MELLANOX], devices: [0xa2d2, 0xa2d3, 0xa2d6, 0xa2d9, 0xa2dc, 0xa2df], name: /BlueField/ },
  { kind: 'dpu', vendors: [0x1dd8], name: /Pensando/ },
  { kind: 'dpu', vendors: [INTEL], devices: [0x1452, 0x1453], name: /Infrastructure Data Path/ },
];

/** Rows by base class (two digits) or base and sub class (four); the first that fits counts, those of four digits first. */
const ROWS: Readonly<Record<string, readonly KindRow[]>> = {
  '00': [
    // Cards that came before classes, and FPGAs before somebody programs them.
    { kind: 'accelerator', vendors: [0x10ee, 0x1172], name: /^(?:Altera|Xilinx) / },
    { kind: 'other' },
  ],
  '0108': [{ kind: 'nvme' }],
  '01': [
    // Broadcom's switch chips show their management as a SAS controller.
    { kind: 'switch-management', vendors: [BROADCOM], devices: [0x00b2], name: /Switch management endpoint/ },
    { kind: 'storage' },
  ],
  '0207': [...DPU_ROWS, { kind: 'ib' }],
  '0280': [
    {
      kind: 'wireless',
      vendors: [INTEL, 0x168c, 0x17cb, 0x14c3, 0x10ec, 0x14e4, 0x1814, 0x1a3b, 0x11ab],
      name: /Wi-?Fi|Wireless|802\.11|WLAN|MEDIATEK/i,
    },
  ],
  '02': [...DPU_ROWS, { kind: 'nic' }],
  '0302': [{ kind: 'gpu' }],
  '03': [
    // ES1000: the picture of servers around 2010, from a vendor of GPUs.
    { kind: 'display', vendors: [AMD_GRAPHICS], devices: [0x515e, 0x5969], name: /\bES1000\b/ },
    { kind: 'gpu', vendors: [NVIDIA, AMD_GRAPHICS, INTEL] },
    {
      kind: 'display',
      // ASPEED, Matrox, HiSilicon; QEMU, Cirrus, virtio, VMware, Red Hat; XGI, Silicon Motion, SiS, Loongson.
      vendors: [0x1a03, 0x102b, 0x19e5, 0x1234, 0x1013, 0x1af4, 0x15ad, 0x1b36, 0x18ca, 0x126f, 0x1039, 0x0014],
      name: /ASPEED|Matrox|Hi171|iBMC|Cirrus|QXL|Virtio|VMware|Silicon Motion|XGI|Loongson/i,
    },
    { kind: 'gpu' },
  ],
  '0401': [{ kind: 'audio' }],
  '0403': [{ kind: 'audio' }],
  '0400': [{ kind: 'video' }],
  '04': [{ kind: 'other' }],
  '05': [
    { kind: 'accelerator', vendors: [0x10ee] },
    { kind: 'switch-management', vendors: [0x11f8], name: /Switchtec|PM8\d{3}|PSX|PFX/ },
    // Memory of chipsets.
    { kind: 'system', vendors: [INTEL, NVIDIA], name: /^(?:Intel|NVIDIA) / },
    { kind: 'memory' },
  ],
  '0600': [{ kind: 'host-bridge' }],
  '0680': [{ kind: 'nvswitch', vendors: [NVIDIA], devices: [0x1ac1, 0x1ac2, 0x1af1, 0x22a3], name: /NVSwitch/ }],
  '08': [
    {
      kind: 'accelerator',
      vendors: [INTEL],
      // Data Streaming Accelerator and In-Memory Analytics Accelerator.
      devices: [0x0b25, 0x0cfe, 0x11fb, 0x1212, 0x1216],
      name: /Data Streaming Accelerator|In-Memory Analytics/,
    },
    { kind: 'accelerator', vendors: [0x1ac1, 0x1ae0, 0x1d0f], name: /Edge TPU|Inferentia|Trainium/ },
    { kind: 'dummy', vendors: [BROADCOM], devices: [0x02b2], name: /Placeholder Endpoint/ },
    { kind: 'switch-management', vendors: [0x10b5], name: /^(?:PLX|Broadcom \/ LSI PEX)/ },
    { kind: 'system' },
  ],
  '0b': [
    // The controller that runs NVIDIA's chipsets.
    { kind: 'system', vendors: [NVIDIA], name: /^NVIDIA / },
    { kind: 'accelerator' },
  ],
  '0c03': [{ kind: 'usb' }],
  '0c': [{ kind: 'system' }],
  '0d': [{ kind: 'wireless' }],
  '10': [{ kind: 'accelerator', vendors: [INTEL], name: /QuickAssist/ }, { kind: 'other' }],
  '11': [
    { kind: 'accelerator', vendors: [0x10ee, 0x1172], name: /^(?:Altera|Xilinx) / },
    { kind: 'accelerator', vendors: [AMD], devices: [0x1502, 0x17f0], name: /\b(?:NPU|IPU Device|Neural)\b/ },
    { kind: 'system' },
  ],
  '12': [{ kind: 'accelerator' }],
  '13': [{ kind: 'dummy' }],
  ff: [
    { kind: 'accelerator', vendors: [0x10ee, 0x1172, 0x1da3, 0x1e52], name: /^(?:Altera|Xilinx|Habana|Tenstorrent) / },
    { kind: 'other' },
  ],
};

/** By class (pci.ids, "List of known device classes"), ids and names; bridges by their PCI Express type. */
export function deviceKind(fn: PciFunction): DeviceKind {
  const baseAndSub = factValue(fn.ids.baseAndSubClass);
  const isBridge = fn.headerType.state === 'known' && fn.headerType.value === 1;
  if (baseAndSub === undefined) return isBridge ? bridgeKind(fn) : (kindByName(fn) ?? 'other');
  const digits = baseAndSub.toString(16).padStart(4, '0');
  if (digits === '0604' || digits === '0609') return bridgeKind(fn);
  if (CARD_CLASSES.has(digits) && isOnGpuCard(fn)) return 'companion';
  const row = ROWS[digits]?.find((each) => fits(each, fn)) ?? ROWS[digits.slice(0, 2)]?.find((each) => fits(each, fn));
  return row?.kind ?? (digits.startsWith('06') ? 'bridge' : 'other');
}

function fits({ vendors, devices, name }: KindRow, fn: PciFunction): boolean {
  if (vendors === undefined && name === undefined) return true;
  const vendor = factValue(fn.ids.vendor);
  const device = factValue(fn.ids.device);
  const byIds =
    vendor !== undefined &&
    vendors?.includes(vendor) === true &&
    (devices === undefined || (device !== undefined && devices.includes(device)));
  if (byIds) return true;
  const lacksIds = vendor === undefined || (devices !== undefined && device === undefined);
  return lacksIds && name?.test(unshown(factValue(fn.captured.printedName)) ?? '') === true;
}

/** Audio, USB and serial buses: what stands beside the GPU on its card. */
const CARD_CLASSES: ReadonlySet<string> = new Set(['0403', '0c03', '0c80']);
/** Audio functions of Intel's cards, which stand behind a port of their own. */
const INTEL_CARD_AUDIO: ReadonlySet<number> = new Set([0x490d, 0x4f90, 0x4f91, 0x4f92, 0xe2f7]);

/** Is it a further function of a GPU of the same vendor? The USB controllers of a processor with graphics are AMD's own. */
function isOnGpuCard(fn: PciFunction): boolean {
  const vendor = graphicsVendor(fn);
  if (vendor === INTEL) return INTEL_CARD_AUDIO.has(factValue(fn.ids.device) ?? 0);
  if (vendor === undefined || fn.bdf % 8 === 0) return false;
  const first = fn.hostBridge.functions.find(({ bdf }) => bdf === fn.bdf - (fn.bdf % 8));
  const base = first === undefined ? undefined : factValue(first.ids.baseAndSubClass);
  return first !== undefined && base !== undefined && base >> 8 === 3 && graphicsVendor(first) === vendor;
}

function graphicsVendor({ ids, captured }: PciFunction): number | undefined {
  const vendor = factValue(ids.vendor);
  if (vendor !== undefined) return [NVIDIA, AMD_GRAPHICS, INTEL].includes(vendor) ? vendor : undefined;
  const name = unshown(factValue(captured.printedName)) ?? '';
  return name.startsWith('NVIDIA ') ? NVIDIA : name.includes('[AMD/ATI]') ? AMD_GRAPHICS : undefined;
}

/** How functions of a kind are called, before their number: adapters of every network are counted together. */
export function kindLabel(kind: DeviceKind): DeviceKind {
  return kind === 'ib' || kind === 'dpu' ? 'nic' : kind;
}

/** Devices that people do peer-to-peer DMA with. */
export function isFocusKind(kind: DeviceKind): boolean {
  return FOCUS_KINDS.has(kind);
}

/** Bridges and ports: functions with something behind them. */
export function isBridgeKind(kind: DeviceKind): boolean {
  return BRIDGE_KINDS.has(kind);
}

/** Endpoints that questions can be about: no bridges, no parts of the platform, nothing that belongs to another function. */
export function isEndpointKind(kind: DeviceKind): boolean {
  return !BRIDGE_KINDS.has(kind) && !PLATFORM_KINDS.has(kind);
}

function bridgeKind(fn: PciFunction): DeviceKind {
  switch (fn.pcie.state === 'known' ? fn.pcie.value.type : undefined) {
    case PCI_EXP_TYPE_ROOT_PORT:
      return 'root-port';
    case PCI_EXP_TYPE_UPSTREAM:
      return 'switch-upstream';
    case PCI_EXP_TYPE_DOWNSTREAM:
      return 'switch-downstream';
    default:
      return 'bridge';
  }
}
