import { describe, expect, it } from 'vitest';
import { functionAt, type SmallFunction, smallTopology } from '../../../test/support/small-machine.ts';
import { known, unreadable } from '../../capture/index.ts';
import { kernelVersion, parseKernelCmdline } from '../../uapi/index.ts';
import { acsControl, UNKNOWN_ACS_CONTROL } from './acs-control.ts';
import { type AcsSetup, pciEnableAcs } from './enable-acs.ts';

const PORT: SmallFunction = { bdf: '0000:02:00.0', type: 6, acs: [0x5f, 0], vendor: 0x10b5, device: 0x8796 };

function run(cmdline: string, changes: Partial<AcsSetup> & { port?: Partial<SmallFunction>; firmware?: number } = {}) {
  const { port, firmware = 0, ...setup } = changes;
  const fn = functionAt(smallTopology([{ ...PORT, ...port }]), PORT.bdf);
  const parsed = parseKernelCmdline(cmdline);
  return pciEnableAcs(fn, acsControl(firmware), {
    kernel: kernelVersion(7, 3, 4),
    cmdline: parsed,
    requested: true,
    ...setup,
  });
}

describe('pciEnableAcs, where it is not known whether Linux turns ACS on', () => {
  const open = { requested: undefined } as const;

  it('knows the bits that are the same either way, and why the others are open', () => {
    const outcome = run('', { ...open, firmware: 0x41 });
    expect(outcome?.control).toEqual({ value: 0x41, known: 0xffff & ~0x1c });
    expect(outcome?.why).toBe('whether that boot turns ACS on is not known');
    expect(run('', { firmware: 0x41 })?.why).not.toBe(outcome?.why);
  });

  it('knows all bits where a list decides', () => {
    expect(run('pci=config_acs=0000000@02:00.0', open)?.control).toEqual(acsControl(0));
  });

  it('does so for the register at +8 of Intel ports', () => {
    const spt = { type: 4, vendor: 0x8086, device: 0xa110, sptCtrl: 0x40 };
    expect(run('', { ...open, port: spt })?.sptControl).toEqual({ value: 0x40, known: 0xffff & ~0x1d });
    expect(run('', { port: spt })?.sptControl).toEqual(acsControl(0x5d));
    expect(run('', open)?.sptControl).toBeUndefined();
  });
});

describe('pciEnableAcs, where the device that a list names is not known', () => {
  const list = 'pci=disable_acs_redir=pci:10b5:8796';

  it('knows nothing of the register, and says why', () => {
    const fn = functionAt(smallTopology([PORT]), PORT.bdf);
    const nameless = { ...fn, ids: { ...fn.ids, device: unreadable('cut') } };
    const setup = { kernel: kernelVersion(7, 3, 4), cmdline: parseKernelCmdline(list), requested: true };
    const outcome = pciEnableAcs(nameless, acsControl(0), setup);
    // Bits that the capability does not have read 0 all the same.
    expect(outcome?.control).toEqual({ value: 0, known: 0x20 });
    expect(outcome?.why).toContain('ids are not in this input');
    const other = { ...nameless, ids: { ...nameless.ids, vendor: known(0x8086) } };
    expect(pciEnableAcs(other, acsControl(0), setup)?.control).toEqual(acsControl(0x1d));
  });
});

describe('pciEnableAcs, kernels with options', () => {
  it.each([
    ['6.11.99 knows no config_acs', [6, 11, 99], acsControl(0x1d)],
    ['6.12 is not known exactly', [6, 12, 0], { value: 0, known: 0x20 }],
    ['6.12.106 is not known exactly', [6, 12, 106], { value: 0, known: 0x20 }],
    ['6.12.107 knows it', [6, 12, 107], acsControl(0x01)],
    ['6.13.99 is not known exactly', [6, 13, 99], { value: 0, known: 0x20 }],
    ['6.14 knows it', [6, 14, 0], acsControl(0x01)],
  ] as const)('%s', (_what, [major, minor, patch], control) => {
    const outcome = run('pci=config_acs=1@02:00.0', { kernel: kernelVersion(major, minor, patch) });
    expect(outcome?.control).toEqual(control);
    expect(outcome?.why.includes('not known exactly')).toBe(control.known !== 0xffff);
  });
});

describe('pciEnableAcs', () => {
  it.each([
    ['an IOMMU turns on SV, RR, CR and UF', '', {}, 0x1d],
    ['only bits of the capability are turned on', '', { port: { acs: [0x05, 0] } }, 0x05],
    ['what firmware set stays', '', { firmware: 0x42 }, 0x5f],
    ['without an IOMMU nothing changes', '', { requested: false, firmware: 0x41 }, 0x41],
    ['noats turns on translation blocking', 'pci=noats', {}, 0x1f],
    ['noats alone turns on nothing', 'pci=noats', { requested: false }, 0],
    ['an untrusted function gets translation blocking', '', { untrusted: () => true }, 0x1f],
    [
      'disable_acs_redir starts from what firmware left: SV and UF are lost too',
      'pci=disable_acs_redir=02:00.0',
      {},
      0,
    ],
    ['disable_acs_redir keeps what firmware set besides', 'pci=disable_acs_redir=02:00.0', { firmware: 0x5f }, 0x53],
    [
      'disable_acs_redir works without an IOMMU',
      'pci=disable_acs_redir=02:00.0',
      { requested: false, firmware: 0x1d },
      0x11,
    ],
    ['disable_acs_redir takes any device of the list', 'pci=disable_acs_redir=03:00.0;pci:10b5:8796', {}, 0],
    ['disable_acs_redir leaves others alone', 'pci=disable_acs_redir=03:00.0', {}, 0x1d],
    ['a broken device ends the list', 'pci=disable_acs_redir=zz;02:00.0', {}, 0x1d],
    ['what is no separator ends the list', 'pci=disable_acs_redir=pci:1:2:3;02:00.0', {}, 0x1d],
    ['also where a device follows', 'pci=disable_acs_redir=pci:1:2:3:4x02:00.0', {}, 0x1d],
    ['config_acs: x comes from firmware, not from the defaults', 'pci=config_acs=xx111x1@02:00.0', {}, 0x1d],
    ['config_acs: few digits are the low bits', 'pci=config_acs=100@02:00.0', { firmware: 0x4b }, 0x4c],
    ['config_acs: 0 forces off', 'pci=config_acs=0000000@02:00.0', { firmware: 0x5f }, 0],
    ['config_acs: the second element', 'pci=config_acs=1@03:00.0;x0x11x1@02:00.0', {}, 0x0d],
    ['config_acs: an element without flags ends the list', 'pci=config_acs=1@03:00.0;02:00.0', {}, 0x1d],
    ['config_acs: flags belong to one device only', 'pci=config_acs=1@03:00.0;02:00.0;1@02:00.0', {}, 0x1d],
    ['config_acs: flags beyond DT', 'pci=config_acs=10000001@02:00.0', {}, 0x1d],
    ['config_acs: x beyond DT is nothing', 'pci=config_acs=xxx0000001@02:00.0', {}, 0x01],
    ['config_acs: what is no flag', 'pci=config_acs=1y@02:00.0', {}, 0x1d],
    ['config_acs overrides disable_acs_redir', 'pci=disable_acs_redir=02:00.0,config_acs=1xx@02:00.0', {}, 0x04],
    ['bits that the capability does not have read 0', 'pci=config_acs=1100100@02:00.0', {}, 0x44],
    ['6.11 has no config_acs', 'pci=config_acs=1@02:00.0', { kernel: kernelVersion(6, 11, 9) }, 0x1d],
    ['6.12.107 has it', 'pci=config_acs=1@02:00.0', { kernel: kernelVersion(6, 12, 107) }, 0x01],
    ['source validation of IDT 80b5 is taken for absent', '', { port: { vendor: 0x111d, device: 0x80b5 } }, 0x1c],
  ] as const)('%s', (_rule, cmdline, changes, control) => {
    expect(run(cmdline, changes as Parameters<typeof run>[1])?.control).toEqual(acsControl(control));
  });

  it('says what was done, and the message that Linux prints', () => {
    const outcome = run('pci=disable_acs_redir=02:00.0,config_acs=1xx11x1@02:00.0');
    expect(outcome?.steps).toEqual(['defaults', 'disable_acs_redir', 'config_acs']);
    expect(outcome?.log).toEqual(['Configured ACS to 0x0000', 'Configured ACS to 0x004d']);
  });

  it.each([
    ['pci=config_acs=02:00.0', 'flags-missing'],
    ['pci=config_acs=2@02:00.0', 'flags-invalid'],
    ['pci=config_acs=10000000@02:00.0', 'flags-beyond-dt'],
    ['pci=config_acs=1@02:00', 'device-invalid'],
  ])('%s stops with %s', (cmdline, error) => {
    expect(run(cmdline)?.errors).toEqual([{ option: 'config_acs', error }]);
  });

  it('does not claim to block translations where the port cannot', () => {
    expect(run('pci=noats', { port: { acs: [0x1d, 0] } })?.steps).toEqual(['defaults']);
  });

  it('does not claim to know what the kernels with the list defect wrote', () => {
    const outcome = run('pci=config_acs=1@02:00.0', { kernel: kernelVersion(6, 13, 2) });
    expect(outcome?.steps).toContain('option-defect');
    // The bit that the capability does not have is 0 all the same.
    expect(outcome?.control).toEqual({ value: 0, known: 0x20 });
    expect(run('pci=config_acs=1@03:00.0', { kernel: kernelVersion(6, 13, 2) })?.control).toEqual(acsControl(0x1d));
  });

  it('knows the bits that do not depend on what is unknown', () => {
    const fn = functionAt(smallTopology([PORT]), PORT.bdf);
    const setup = { kernel: kernelVersion(7, 3), cmdline: parseKernelCmdline('') };
    expect(pciEnableAcs(fn, UNKNOWN_ACS_CONTROL, { ...setup, requested: true })?.control).toEqual({
      value: 0x1d,
      known: 0x3d,
    });
    expect(pciEnableAcs(fn, acsControl(0x51), { ...setup, requested: undefined })?.control).toEqual({
      value: 0x51,
      known: 0xffff & ~0x0c,
    });
  });

  it('has no answer for a function without the capability', () => {
    const fn = functionAt(smallTopology([{ bdf: '02:00.0', type: 6 }]), '02:00.0');
    const setup = { kernel: kernelVersion(7, 3), cmdline: parseKernelCmdline(''), requested: true };
    expect(pciEnableAcs(fn, acsControl(0), setup)).toBeUndefined();
  });

  it('writes the 32-bit registers of Intel Sunrise Point ports at +8, and the standard one not', () => {
    const spt = { type: 4, vendor: 0x8086, device: 0xa110, sptCtrl: 0x40 };
    expect(run('', { port: spt })).toMatchObject({
      control: acsControl(0),
      sptControl: acsControl(0x5d),
      steps: ['device-specific'],
    });
    expect(run('pci=disable_acs_redir=02:00.0', { port: spt })?.sptControl).toEqual(acsControl(0x51));
  });
});
