import { zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { unshown } from '../../base/index.ts';
import { formatBdf, parseBdf } from '../../uapi/index.ts';
import { factValue, joinParts, type MachineCapture, readText } from '../index.ts';

/** Config space of `length` bytes with ids and an ACS capability with its control at 0x106. */
function configOf(ids: readonly [number, number], control: number, length = 4096): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ids[0], true);
  view.setUint16(2, ids[1], true);
  if (length > 0x106) {
    view.setUint32(0x100, 0x0001_000d, true);
    view.setUint16(0x106, control, true);
  }
  return bytes;
}

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

/** Another checksum. */
function changed(packed: Uint8Array): Uint8Array {
  packed[packed.length - 1] = (packed.at(-1) ?? 0) ^ 1;
  return packed;
}

function entry(path: string, config: string, more: object = {}): object {
  const modalias = 'pci:v000015B3d00001021sv000015B3sd00000023bc02sc00i00';
  return { realpath: `/sys/devices/pci0000:60/${path}`, config, iommu_group: 7, modalias, numa_node: 1, ...more };
}

const PORT = base64(zlibSync(configOf([0x15b3, 0x1976], 0x5d)));
const NIC = base64(zlibSync(configOf([0x15b3, 0x1021], 0)));
const DUMP = [
  entry('0000:60:01.0', PORT),
  entry('0000:60:01.0/0000:61:00.0', NIC, {
    vpd: 'x',
    subsystems: { net: ['enp97s0f0np0'], infiniband: ['mlx5_0'], drm: ['card1', 'card1-DP-1'] },
  }),
];

function machine(text: string): MachineCapture {
  const joined = joinParts(readText(new TextEncoder().encode(text), 'dump.json').parts);
  if (!joined.ok) throw new Error(joined.error.text);
  return joined.value;
}

const NIC_BDF = parseBdf('0000:61:00.0');

describe('a dump of rdma_topo', () => {
  it('tells places, registers, ids, groups and names, and no host bridge', () => {
    const { functions, findings } = machine(JSON.stringify(DUMP, undefined, 4));
    expect(functions.map(({ bdf }) => formatBdf(bdf))).toEqual(['0000:60:01.0', '0000:61:00.0']);
    const [port, nic] = functions;
    expect(port?.parent.state).toBe('absent');
    expect(port?.config.read16(0x106)).toBe(0x5d);
    expect(nic && factValue(nic.parent)).toBe(port?.bdf);
    expect(nic && [factValue(nic.rootBus), factValue(nic.iommuGroup), factValue(nic.numaNode)]).toEqual([
      { domain: 0, bus: 0x60 },
      7,
      1,
    ]);
    expect(nic && [factValue(nic.vendor), factValue(nic.classCode), factValue(nic.subsystemDevice)]).toEqual([
      0x15b3, 0x020000, 0x23,
    ]);
    expect(nic?.systemNames?.map(({ kind, name }) => `${kind} ${unshown(name)}`)).toEqual([
      'netdev enp97s0f0np0',
      'rdma mlx5_0',
      'drm card1',
    ]);
    expect(findings).toEqual([]);
  });

  it.each([
    ['cut', NIC.slice(0, 40)],
    ['changed', base64(changed(zlibSync(configOf([0x15b3, 0x1021], 0))))],
    ['no base64', '§§'],
    ['longer than config space', base64(zlibSync(new Uint8Array(5000)))],
  ])('with config space that is %s keeps the function, says so, and knows no register', (_, config) => {
    const { functions, findings } = machine(JSON.stringify([entry('0000:60:01.0/0000:61:00.0', config)], undefined, 4));
    expect(functions.map(({ bdf }) => bdf)).toEqual([NIC_BDF]);
    expect(functions[0]?.config.bytes.length).toBe(0);
    expect(findings.map(({ code }) => code)).toEqual(['config-damaged']);
  });

  it('of a machine without groups and nodes claims none', () => {
    const { functions } = machine(
      JSON.stringify([entry('0000:60:01.0', PORT, { iommu_group: null, numa_node: -1 })], undefined, 4),
    );
    expect(functions.map(({ iommuGroup, numaNode }) => [iommuGroup.state, numaNode.state])).toEqual([
      ['unreadable', 'unreadable'],
    ]);
  });

  it('is read inside other text, and JSON of others is not', () => {
    const text = `see below\n\n\`\`\`\n${JSON.stringify(DUMP, undefined, 4)}\n\`\`\`\n{\n  "realpath": "/home/x"\n}\n`;
    expect(machine(text).functions.length).toBe(2);
    expect(machine('[\n  {\n    "net": [\n      "eth0"\n    ]\n  }\n]\n').functions).toEqual([]);
  });
});
