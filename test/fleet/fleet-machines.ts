/** Machines of a fleet, and what may be otherwise on one of them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defined } from '../../src/base/index.ts';
import type { MachineCapture } from '../../src/capture/index.ts';
import { readMachineDescription } from '../../src/lab/index.ts';
import { HostKind } from './host-archives.ts';

/** A described machine of the examples, with words of the description replaced. */
export function exampleMachine(name: string, ...changes: readonly (readonly [string, string])[]): MachineCapture {
  const path = fileURLToPath(new URL(`../../examples/machines/${name}.yaml`, import.meta.url));
  let text = readFileSync(path, 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${name} has no "${from}"`);
    text = text.replace(from, to);
  }
  const read = readMachineDescription(text, `${name}.yaml`);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return defined(read.value, name);
}

/** A change of a description: words, and what stands in their place. */
type Change = readonly [string, string];

const LAN_SERIAL: Change = ['driver: igc, label: LAN', 'driver: igc, label: LAN, serial: 0xa000000000000000'];
const SWITCH_WITHOUT_REDIRECT: Change = ['id: 1022:43f4', 'id: 1022:43f4\n              acs: off'];
const CARD_SERIAL: Change = ['{kind: nic, label: NIC0}', '{kind: nic, label: NIC0, serial: 0xb000000000000000}'];

/** Models whose hosts are alike, and what each planted difference changes. Every difference is of another kind of thing. */
const MODELS: readonly {
  readonly name: string;
  readonly base: readonly Change[];
  readonly planted: readonly { readonly what: string; readonly trait: string; readonly change: Change }[];
}[] = [
  {
    name: 'hgx-8gpu',
    base: [],
    planted: [
      { what: 'another kernel', trait: 'kernel', change: ['kernel: 7.3.4-generic', 'kernel: 7.2.6-generic'] },
      {
        what: 'IOMMU groups of another boot',
        trait: 'command line',
        change: ['cmdline: intel_iommu=on', 'cmdline: intel_iommu=on pcie_acs_override=downstream'],
      },
      {
        what: 'a slower link of a drive',
        trait: 'link',
        change: [
          '- {kind: drive, count: 4}',
          '- {kind: drive, count: 3}\n      - {kind: drive, link: gen3 x4 of gen4 x4}',
        ],
      },
      { what: 'a smaller BAR', trait: 'BAR sizes', change: ['2: 128G 64 pref', '2: 64G 64 pref'] },
    ],
  },
  {
    name: 'desktop-2gpu',
    base: [LAN_SERIAL, SWITCH_WITHOUT_REDIRECT],
    planted: [
      { what: 'a port that redirects', trait: 'ACS', change: ['acs: off', 'acs: SV RR CR UF'] },
      { what: 'another driver', trait: 'driver', change: ['driver: amdgpu', 'driver: vfio-pci'] },
      {
        what: 'a drive that is not there',
        trait: 'function',
        change: ['                - {kind: nvme, label: NVME1}\n', ''],
      },
      {
        what: 'a narrower link of a GPU',
        trait: 'link',
        change: ['link: gen4 x8 of gen4 x16', 'link: gen4 x4 of gen4 x16'],
      },
    ],
  },
  {
    name: 'dual-socket-allowlisted',
    base: [CARD_SERIAL],
    planted: [
      { what: 'domains of another type', trait: 'IOMMU', change: ['type: identity', 'type: DMA'] },
      {
        what: 'another processor step',
        trait: 'command line',
        change: ['cmdline: iommu=pt intel_iommu=on', 'cmdline: iommu=pt intel_iommu=on pci=noats'],
      },
      {
        what: 'a GPU of another kind',
        trait: 'function',
        change: ['{kind: gpu, label: GPU1}', '{kind: gpu, id: "10de:2330", label: GPU1}'],
      },
      {
        what: 'a device of another NUMA node',
        trait: 'NUMA node',
        change: ['bus: 0xca\n    id: 8086:09a2\n    numa: 1', 'bus: 0xca\n    id: 8086:09a2\n    numa: 0'],
      },
    ],
  },
];

/** One host of a fleet. */
export interface FleetHost {
  readonly name: string;
  readonly archive: Uint8Array;
  /** What was planted; undefined for hosts like the others. */
  readonly planted: { readonly what: string; readonly trait: string } | undefined;
}

/** Hosts of three models in turn; twelve among them differ in something, spread over all. */
export function* plantedFleet(hosts: number): Generator<FleetHost> {
  const kinds = MODELS.map(({ name, base, planted }) => ({
    name,
    plain: new HostKind(exampleMachine(name, ...base)),
    planted: planted.map(({ change, ...what }) => ({
      what,
      kind: new HostKind(exampleMachine(name, ...base, change)),
    })),
  }));
  const each = Math.floor(hosts / kinds.length);
  for (let host = 0; host < hosts; host++) {
    const kind = defined(kinds[host % kinds.length], 'a model');
    const among = Math.floor(host / kinds.length);
    // The first, and then every quarter of the hosts of a model.
    const at = among % Math.floor(each / 4) === 0 ? among / Math.floor(each / 4) : -1;
    const odd = kind.planted[at];
    yield {
      name: `${kind.name}-${String(host).padStart(5, '0')}.tar.gz`,
      archive: (odd?.kind ?? kind.plain).archive(host + 1),
      planted: odd?.what,
    };
  }
}
