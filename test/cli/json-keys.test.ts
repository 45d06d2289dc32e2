/** Every key that a document can hold is held by one: keys stand in the source, values come from the command. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'rolldown/utils';
import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const ROOM = new URL('../../src/report/', import.meta.url).pathname;

interface Node {
  readonly type: string;
  readonly id?: { readonly name: string } | null;
  readonly properties?: readonly {
    readonly type: string;
    readonly computed: boolean;
    readonly key: { readonly type: string; readonly name: string };
  }[];
}

/** Names of the keys that functions named `...Json` write, with the functions they stand in. */
function writtenKeys(): Map<string, Set<string>> {
  const keys = new Map<string, Set<string>>();
  const walk = (value: unknown, within: string | undefined): void => {
    if (Array.isArray(value)) {
      for (const each of value) walk(each, within);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const node = value as Node;
    const name = node.type === 'FunctionDeclaration' ? node.id?.name : undefined;
    const inside = name === undefined ? within : /Json$/.test(name) ? name : undefined;
    if (inside !== undefined && node.type === 'ObjectExpression') {
      for (const { type, computed, key } of node.properties ?? [])
        if (type === 'Property' && !computed && key.type === 'Identifier')
          keys.set(inside, (keys.get(inside) ?? new Set()).add(key.name));
    }
    for (const each of Object.values(node)) walk(each, inside);
  };
  for (const file of readdirSync(ROOM).filter((each) => each.endsWith('.ts') && !each.endsWith('.test.ts'))) {
    const path = join(ROOM, file);
    walk(parseSync(path, readFileSync(path, 'utf8')).program, undefined);
  }
  return keys;
}

const HGX = 'examples/machines/hgx-8gpu.yaml';
const SRIOV = 'examples/machines/sriov.yaml';
const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';
const SETPCI = 'test/machines/acsswitch-none-setpci/capture.tar.gz';
const LSPCI = 'test/machines/acsswitch-lspci/lspci.txt';
const LABELS = '\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\nGPU0\t X \tPIX\t0-31\t0\nGPU1\tPIX\t X \t0-31\t0\n';

/** A tree: places, and no registers. */
const OPEN = [
  '-[0000:00]-+-00.0  Intel Corporation Ice Lake Memory Map/VT-d',
  '           \\-01.0-[01-05]----00.0-[02-05]--+-00.0-[03]----00.0  NVIDIA Corporation GA100 [A100 PCIe 40GB]',
  '                                           \\-01.0-[04]----00.0  Mellanox Technologies MT28908 [ConnectX-6]',
  '',
].join('\n');
/** The same as a kernel of a distribution saw it, which said what it thought of a pair. */
const OLD = `${OPEN}
[    0.000000] Linux version 5.14.0-362.el9.x86_64 (mockbuild@x) (gcc (GCC) 11.4.1) #1 SMP
[    9.000000] nvidia 0000:03:00.0: cannot be used for peer-to-peer DMA as the client and provider (0000:04:00.0) do not share an upstream bridge or whitelisted host bridge
`;

/** Commands whose documents together hold everything. */
const COMMANDS: readonly (readonly [args: readonly string[], input?: string])[] = [
  [['matrix', SETPCI, '--acs', 'clear:all']],
  [['matrix', HGX]],
  [['matrix', '-'], LABELS],
  [['explain', '03:00.0', '04:00.0', SETPCI, '--acs', 'clear:all']],
  [['explain', '03:00.0', '04:00.0', INTEL]],
  [['explain', '03:00.0', '04:00.0', LSPCI]],
  [['explain', 'GPU0', 'GPU2', HGX]],
  [['devices', INTEL, '--acs', 'clear:all', '--iommu', 'pt']],
  [['groups', INTEL, '--acs', 'clear:all']],
  [['groups', LSPCI, '--iommu', 'dma']],
  [['fix', HGX, '--want', 'nearest']],
  [['fix', INTEL, '--want', 'all', '--keep-isolated', '05:00.0']],
  [['fix', LSPCI, '--want', 'all']],
  [['doctor', HGX]],
  [['doctor', HGX, '--for', 'gpudirect-rdma']],
  [['check', HGX, '--require', 'all: direct']],
  [['verify', INTEL]],
  [['evidence', LSPCI]],
  [['near', HGX]],
  [['diff', HGX, SRIOV]],
  [['diff', SETPCI, INTEL, '--acs', 'clear:all']],
  [['map', '03:00.0:0', '04:00.0', INTEL]],
  [['map', '04:00.0:0', '05:00.0', SETPCI, '--kernel', '6.19,7.3,intended']],
  [['trace', '04:00.0:0', '05:00.0', SETPCI, '--read']],
  [['trace', 'GPU0:2', 'NIC2', HGX, '--read']],
  [['trace', 'GPU0:2', 'NIC2', HGX, '--with', 'GPU1:2=NIC3']],
  [['trace', 'NIC0', '0x10', HGX]],
  [['trace', 'NIC0', '0xfffffffffffff000', HGX]],
  [['trace', '03:00.0', '0x80000000', LSPCI]],
  [['map', 'GPU0:2', 'NIC2', HGX]],
  [['map', 'GPU0:2', 'NIC0', HGX, '--kernel', '6.19']],
  [['map', 'GPU0:2', 'NIC2', HGX, '--kernel', '7.3,mapping-types-rfc1']],
  [['verify', SETPCI]],
  [['matrix', HGX, '--kernel', '6.1', '--cmdline', 'intel_iommu=on pci=config_acs=xx0@0000:17:00.0']],
  [['fix', HGX, '--want', 'gpu*<->nic*', '--cmdline', `intel_iommu=on ${'x'.repeat(1800)}`]],
  [['trace', '03:00.0', '0xfffffffffffff000', SETPCI]],
  [['map', 'GPU0:0', 'LAN', 'examples/machines/desktop-2gpu.yaml', '--kernel', '6.19']],
  [['map', 'GPU0:1', 'NIC0', 'examples/machines/vm-passthrough.yaml', '--kernel', '7.3,mapping-types-rfc1']],
  [['evidence', '-'], OLD],
  [['map', '03:00.0:0', '05:00.0', INTEL, '--kernel', '6.19,mapping-types-rfc1,7.3', '--range', '0+4096']],
  [['devices', SRIOV]],
  [['devices', '-'], OPEN],
  [['evidence', '-'], OPEN],
  [['matrix', '-', '--iommu', 'dma'], OPEN],
  [['explain', 'gpu0', 'nic0', '-', '--kernel', '9.9'], OPEN],
  [['explain', 'gpu0', 'nic0', '-'], OLD],
  [['groups', '-', '--iommu', 'dma'], OPEN],
  [['explain', '03:00.0', '04:00.0', INTEL, '--cmdline', 'intel_iommu=on pci=noats']],
  [['diff', HGX, 'examples/machines/desktop-2gpu.yaml']],
];

/** Never anything but null from a command: what they would tell, no question that it takes can bring about. */
const ALWAYS_NULL: ReadonlySet<string> = new Set([
  // The kernel dies of ranges that are longer than the size it was told.
  'crash',
  // A request that ends elsewhere than the table says: tables of the command are made for the machine.
  'reached',
]);

describe('JSON', () => {
  /** By key: whether it is ever anything but null. */
  const held = new Map<string, boolean>();
  const note = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const each of value) note(each);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        held.set(key, held.get(key) === true || inner !== null);
        note(inner);
      }
    }
  };

  test('is one document of every command', { timeout: 300_000 }, () => {
    for (const [args, input = ''] of COMMANDS) {
      const { stdout, code, stderr } = peerpath([...args, '--json'], input);
      expect([0, 1, 3], `${args.join(' ')}: ${stderr}`).toContain(code);
      note(JSON.parse(stdout));
    }
  });

  test.each([...writtenKeys()])('has every key that %s writes, and a value for it', (name, keys) => {
    const missing = [...keys].filter((key) => !held.has(key));
    expect(missing, name).toEqual([]);
    const empty = [...keys].filter((key) => held.get(key) === false && !ALWAYS_NULL.has(key));
    expect(empty, `${name}: never but null`).toEqual([]);
  });
});
