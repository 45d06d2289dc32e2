import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { known, type MachineCapture } from '../../src/capture/index.ts';
import { cmdlineMistakes, examine } from '../../src/diagnose/index.ts';
import { type P2pdmaMachine, p2pdmaMachine } from '../../src/p2pdma/index.ts';
import { buildTopology } from '../../src/pci/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { readTestMachine } from './recordings.ts';

/** The recorded machine (ports 02:00.0, 02:01.0, 02:02.0 with ACS below a switch) with another command line and kernel. */
async function machineWith(
  cmdline: string,
  release = '7.3.4',
  parts: MachineCapture['parts'] = [],
): Promise<P2pdmaMachine> {
  const { machine } = await readTestMachine('acsswitch-intel');
  const { capture } = machine.topology;
  const kernel = { ...capture.kernel, cmdline: known(cmdline), release: known(release) };
  return p2pdmaMachine(buildTopology({ ...capture, kernel, parts }));
}

/** Codes, each with the piece of the command line it is about. */
async function mistakes(cmdline: string, release?: string): Promise<string[]> {
  return cmdlineMistakes(await machineWith(cmdline, release)).map(({ code, option }) => `${code} ${option}`);
}

describe('mistakes on a command line', () => {
  it.each([
    ['nothing wrong', 'quiet pci=disable_acs_redir=0000:02:00.0;0000:02:01.0', []],
    ['a path, nothing wrong', 'pci=disable_acs_redir=0000:00:04.0/00.0/01.0', []],
    ['no such device', 'pci=disable_acs_redir=0000:12:01.0', ['no-such-device 0000:12:01.0']],
    ['ids of no device', 'pci=disable_acs_redir=pci:1000:c030', ['no-such-device pci:1000:c030']],
    ['a device without ACS', 'pci=disable_acs_redir=0000:03:00.0', ['device-without-acs 0000:03:00.0']],
    ['no device at all', 'pci=disable_acs_redir=all', ['no-device all']],
    [
      'quotes that reached the kernel',
      "pci=disable_acs_redir='0000:02:00.0",
      ["stray-quotes pci=disable_acs_redir='0000:02:00.0", "no-device '0000:02:00.0"],
    ],
    [
      'flags before one device only',
      'pci=config_acs=xx0x1xx@0000:02:00.0;0000:02:01.0',
      ['flags-missing 0000:02:01.0'],
    ],
    ['flags that are none', 'pci=config_acs=0x50@0000:02:00.0', ['flags-invalid 0x50@0000:02:00.0']],
    ['too many flags', 'pci=config_acs=00000000@0000:02:00.0', ['flags-invalid 00000000@0000:02:00.0']],
  ])('are told: %s', async (_, cmdline, expected) => {
    expect(await mistakes(cmdline)).toEqual(expected);
  });

  it('name the port above a device without ACS, and the device that may be meant', async () => {
    const [below] = cmdlineMistakes(await machineWith('pci=disable_acs_redir=0000:03:00.0'));
    expect(below).toMatchObject({ above: { bdf: 0x0200 } });
    const [moved] = cmdlineMistakes(await machineWith('pci=disable_acs_redir=0000:05:01.0'));
    expect(moved?.code === 'no-such-device' && moved.likely !== undefined && formatBdf(moved.likely.bdf)).toBe(
      '0000:02:01.0',
    );
  });

  it('know which kernels have the options, and which read lists of several devices wrongly', async () => {
    const several = 'pci=disable_acs_redir=0000:02:00.0;0000:02:01.0';
    const flags = 'pci=config_acs=xxx00xx@0000:02:00.0';
    expect(await mistakes(several, '4.18.0')).toEqual([`option-of-later-kernel ${several}`]);
    expect(await mistakes(flags, '6.8.0')).toEqual([`option-of-later-kernel ${flags}`]);
    expect(await mistakes(several, '6.8.0')).toEqual([]);
    expect(await mistakes(several, '6.12.10')).toEqual([`list-defect ${several}`]);
    expect(await mistakes(several, '6.12.23')).toEqual([]);
    expect(await mistakes(several, '6.14.1')).toEqual([`list-defect ${several}`]);
    expect(await mistakes('pci=disable_acs_redir=0000:02:00.0', '6.12.10')).toEqual([]);
  });

  it('see flags that were written from the left', async () => {
    const [mistake] = cmdlineMistakes(await machineWith('pci=config_acs=xx00xx1@0000:02:00.0'));
    expect(mistake).toMatchObject({
      code: 'flags-reversed',
      set: 0x01,
      cleared: 0x18,
      meantSet: 0x40,
      meantCleared: 0x0c,
      turned: '1xx00xx',
    });
    for (const flags of ['xxx00xx', '1x1x0001', 'xx111x1', '1110011', 'x0']) {
      const found = await mistakes(`pci=config_acs=${flags}@0000:02:00.0`);
      expect(found.filter((each) => each.startsWith('flags-reversed'))).toEqual([]);
    }
  });

  it('see that the boot loader cut the list at a semicolon', async () => {
    const configured = 'quiet pci=disable_acs_redir=0000:02:00.0;0000:02:01.0 iommu=pt';
    const parts: MachineCapture['parts'] = [
      {
        origin: { source: 'grub', passage: 'boot-configuration', line: 1 },
        kernel: { cmdline: known(configured) },
        findings: [],
      },
    ];
    const machine = await machineWith('ro quiet pci=disable_acs_redir=0000:02:00.0', '7.3.4', parts);
    expect(cmdlineMistakes(machine)).toMatchObject([
      { code: 'cut-at-semicolon', configured: '0000:02:00.0;0000:02:01.0' },
    ]);
  });

  it('are findings of the doctor', async () => {
    const { topology } = await machineWith('pci=disable_acs_redir=0000:12:01.0');
    const codes = examine(analyze(topology.capture).situation).map(({ code }) => code);
    expect(codes).toContain('mistaken-parameter');
  });
});
