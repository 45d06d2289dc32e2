import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';
const SETPCI = 'test/machines/acsswitch-none-setpci/capture.tar.gz';
const RAILS = 'test/machines/server-8gpu-rails/machine.yaml';
const NVME = 'test/machines/nvme-none/capture.tar.gz';

describe('fix', () => {
  test('answers first, and names the price before any command', () => {
    const { stdout, code } = peerpath(['fix', INTEL, '--want', '03:00.0<->04:00.0']);
    expect(stdout).toMatch(
      /^Possible with 2 changes: clear ACS redirect at 0000:02:00\.0, 0000:02:01\.0; all 2 wanted pairs are direct then\./,
    );
    expect(stdout.indexOf('  Price  ')).toBeGreaterThan(0);
    expect(stdout.indexOf('  Price  ')).toBeLessThan(stdout.indexOf('setpci'));
    expect(stdout).toContain(`    PCI="pci=disable_acs_redir=0000:00:04.0/00.0/00.0;0000:00:04.0/00.0/01.0"\n`);
    expect(stdout).toMatch(/GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0 panic=-1 quiet .* intel_iommu=on"\n/);
    expect(stdout.trim().split('\n').length).toBeLessThanOrEqual(25);
    expect(stdout).toMatch(
      /^More: --steps \(At every boot, without GRUB, .*Verify\), --pairs \(Becomes direct: 2 pairs\)$/m,
    );
    const all = peerpath(['fix', INTEL, '--want', '03:00.0<->04:00.0', '--steps', '--pairs']).stdout;
    expect(all).toContain('"$${d##*/}"');
    expect(all).toMatch(/Becomes direct: 2 pairs\n {2}- other0 -> other1\n {2}- other1 -> other0/);
    expect(code).toBe(0);
  });

  test('many ports: lines for GRUB that a shell reads as the options line of other boot loaders', () => {
    const { stdout } = peerpath(['fix', RAILS, '--want', 'nearest', '--steps']);
    const lines = stdout.split('\n').filter((line) => /^ +(?:PCI|GRUB_CMDLINE_LINUX_DEFAULT)=/.test(line));
    expect(lines.length).toBeGreaterThan(5);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    const script = [...lines, 'printf %s "$GRUB_CMDLINE_LINUX_DEFAULT"'].join('\n');
    const read = spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout;
    const options = /^ *options (.*)$/m.exec(stdout)?.[1];
    expect(read).toMatch(/^intel_iommu=on iommu=pt quiet "pci=disable_acs_redir=[^" ]+"$/);
    expect(read.replaceAll('"', '')).toBe(options);
  });

  test('nothing to fix: 0 and no command', () => {
    const { stdout, code } = peerpath(['fix', SETPCI, '--want', '04:00.0<->05:00.0']);
    expect(stdout).toMatch(/^Already so: all 2 wanted pairs are direct\./);
    expect(stdout).not.toContain('setpci');
    expect(code).toBe(0);
  });

  test('what no setting can help: 1, why, and no command', () => {
    const { stdout, code } = peerpath(['fix', NVME, '--want', 'nvme0->nvme1']);
    expect(stdout).toMatch(
      /^1 of 1 wanted pair shares no bridge, and Linux refuses the host bridges between them: no setting helps\./,
    );
    expect(stdout).not.toContain('setpci');
    expect(code).toBe(1);
  });

  test('what must stay isolated stops a plan: 1', () => {
    const { stdout, code } = peerpath(['fix', INTEL, '--want', '03:00.0<->04:00.0', '--keep-isolated', '05:00.0']);
    expect(stdout).toMatch(/^Impossible while other2 stays isolated: 2 of 2 wanted pairs\./);
    expect(code).toBe(1);
  });

  test('pairs that Linux allows as they are, are not called impossible; what is direct already is told first', () => {
    const { stdout, code } = peerpath(['fix', 'test/machines/switch-epyc-none/capture.tar.gz', '--want', 'all']);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /^\d+ of \d+ wanted pairs are direct already; the other \d+ share no bridge: no setting makes them direct, and Linux allows them through host bridges\. /,
    );
    expect(stdout).not.toMatch(/Impossible for|setpci/);
    expect(code).toBe(1);
  });

  test('many register writes are one loop for bash that names exactly the ports of the plan, as the undo does', () => {
    const args = ['fix', 'examples/machines/hgx-8gpu.yaml', '--want', 'all'];
    const { stdout } = peerpath(args);
    const document = JSON.parse(peerpath([...args, '--json']).stdout);
    const loops = stdout.split('\n').filter((line) => line.startsWith('    for p in '));
    expect(loops).toHaveLength(2);
    const expanded = loops.map((loop) =>
      spawnSync('bash', ['-c', loop.replace('setpci', 'echo setpci')])
        .stdout.toString()
        .trim()
        .split('\n'),
    );
    expect(expanded.map((lines) => lines.toSorted())).toEqual([document.setpci.toSorted(), document.undo.toSorted()]);
    expect(document.setpci).toHaveLength(32);
  });

  test.each(['nearest', 'same-switch', 'all', 'GPU*<->NIC*', 'nvme*->gpu*'])(
    '--want %s of a server of 8 GPUs: 25 lines and commands, 45 in all, of 120 columns',
    (want) => {
      const { stdout } = peerpath(['fix', 'examples/machines/hgx-8gpu.yaml', '--want', want]);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(45);
      expect(lines.filter((line) => !/^ {4}(?:PCI|GRUB_\w+|for )/.test(line)).length).toBeLessThanOrEqual(25);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    },
  );

  test('what is missing is told once for all devices that lack it, with the command that settles most', () => {
    const tree = [
      '-[0000:00]-+-00.0  Intel Corporation Ice Lake Memory Map/VT-d',
      '           \\-01.0-[01-05]----00.0-[02-05]--+-00.0-[03]----00.0  NVIDIA Corporation GA100 [A100 PCIe 40GB]',
      '                                           \\-01.0-[04]----00.0  Mellanox Technologies MT28908 [ConnectX-6]',
    ];
    const { stdout, code } = peerpath(['fix', '--want', 'nearest', '-'], `${tree.join('\n')}\n`);
    expect(code).toBe(3);
    expect(stdout).toMatch(/are unknown: the input lacks what decides\./);
    expect(stdout.match(/What is missing/g)).toHaveLength(1);
    expect(stdout).toMatch(/ {2}- ACS control of 0000:\S+, 0000:\S+.*: (?:up to )?\d+ pairs wait for each \(/);
    expect(stdout).toMatch(/What to run on the machine\n {4}sudo lspci/);
  });

  test('--json is one document', () => {
    const document = JSON.parse(peerpath(['fix', INTEL, '--json']).stdout);
    expect(document).toMatchObject({ schema: 'peerpath.fix/1', goal: 'direct', verified: 'boot' });
    expect(document.gained).toHaveLength(6);
    expect(document.ports).toEqual(['0000:02:00.0', '0000:02:01.0', '0000:02:02.0']);
  });

  test.each([
    ['a want without an arrow', ['--want', 'gpu0'], /--want gpu0: write PROVIDER->CLIENT/],
    ['a want of nothing', ['--want', 'gpu0->nic0'], /no device "gpu0"/],
    ['isolation of nothing', ['--keep-isolated', 'gpu0'], /no device "gpu0"/],
  ])('%s: 2, one sentence', (_, args, sentence) => {
    const run = peerpath(['fix', INTEL, ...args]);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(sentence);
  });
});
