import { describe, expect, it } from 'vitest';
import { Prng, rawText } from '../base/index.ts';
import { factValue, known } from '../capture/index.ts';
import { randomMachine } from '../lab/index.ts';
import { buildTopology } from '../pci/index.ts';
import { keepsLink, redactCapture, redactText } from './redact.ts';

describe('a redacted capture', () => {
  const capture = randomMachine(new Prng(7), { functions: 60 });

  it('has no serial number of the machine, and the same ones where they were the same', () => {
    const before = buildTopology(capture).functions.map(({ serial }) => factValue(serial));
    const after = buildTopology(redactCapture(capture)).functions.map(({ serial }) => factValue(serial));
    const secrets = new Set(before.filter((serial) => serial !== undefined));
    expect(secrets.size).toBeGreaterThan(3);
    expect(after.filter((serial) => serial !== undefined && serial > 0xffffn)).toEqual([]);
    const alike = (serials: readonly (bigint | undefined)[]) => serials.map((serial) => serials.indexOf(serial));
    expect(alike(after)).toEqual(alike(before));
  });

  it('names no disk, host or network, and keeps what ACS and IOMMU depend on', () => {
    const cmdline =
      'BOOT_IMAGE=/vmlinuz-host7 root=UUID=0f2b1c9e-1111-2222-3333-444455556666 ip=10.0.0.7 intel_iommu=on pci=disable_acs_redir=0000:00:04.0';
    const kernel = { ...capture.kernel, cmdline: known(cmdline) };
    const redacted = factValue(redactCapture({ ...capture, kernel }).kernel.cmdline);
    expect(redacted).toBe(
      'BOOT_IMAGE=redacted-value-1 root=redacted-value-2 ip=redacted-value-3 intel_iommu=on pci=disable_acs_redir=0000:00:04.0',
    );
  });

  it('keeps names that Linux makes of slots and ports, and no other names of interfaces', () => {
    const [first, ...others] = capture.functions;
    if (first === undefined) throw new Error('a machine without functions');
    const interfaces = ['eth0', 'enp65s0f0np0', 'enP4p1s0', 'ibs10', 'enx001122334455', 'acme-uplink', 'wg0'];
    const systemNames = [
      { kind: 'rdma', name: rawText('mlx5_0') } as const,
      ...interfaces.map((name) => ({ kind: 'netdev', name: rawText(name) }) as const),
    ];
    const redacted = redactCapture({ ...capture, functions: [{ ...first, systemNames }, ...others] });
    const kept = ['eth0', 'enp65s0f0np0', 'enP4p1s0', 'ibs10'];
    expect(redacted.functions[0]?.systemNames?.map(({ name }) => name)).toEqual(['mlx5_0', ...kept]);
    expect(interfaces.filter((name) => keepsLink(`sys/class/net/${name}`))).toEqual(kept);
    expect(keepsLink('sys/bus/pci/devices/0000:00:01.0')).toBe(true);
  });

  it('gives one secret one stand-in', () => {
    expect(redactText('a 00:11:22:33:44:55 b 00:11:22:33:44:55 c 00:11:22:33:44:66')).toBe(
      'a redacted-mac-1 b redacted-mac-1 c redacted-mac-2',
    );
  });
});
