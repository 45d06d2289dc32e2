import { describe, expect, it } from 'vitest';
import { parseKernelCmdline } from './cmdline.ts';
import { splitCmdline } from './cmdline-words.ts';

describe('splitCmdline', () => {
  it.each([
    ['quiet  iommu=pt\t a', ['quiet', 'iommu=pt', 'a']],
    ['a="b c" d', ['a=b c', 'd']],
    ['"a=b c" d', ['a=b c', 'd']],
    ['a=b"c d"e f', ['a=b"c d"e', 'f']],
    ['a="b" c=""', ['a=b', 'c=']],
    ['a=x=y', ['a=x=y']],
    ['intel-iommu=on', ['intel_iommu=on']],
    ['a -- iommu=pt', ['a']],
    ['a="b c', ['a=b c']],
    ['', []],
  ])('%j has the words %j', (text, words) => {
    expect(splitCmdline(text).map((w) => (w.value === undefined ? w.name : `${w.name}=${w.value}`))).toEqual(words);
  });
});

describe('parseKernelCmdline, pci=', () => {
  it('takes an ACS list up to the next comma', () => {
    const { pci, notes } = parseKernelCmdline(
      'pci=config_acs=xx111x1@0000:02:01.0;1@3:00.0,disable_acs_redir=0000:02:02.0,noats',
    );
    expect(pci).toEqual({ configAcs: 'xx111x1@0000:02:01.0;1@3:00.0', disableAcsRedir: '0000:02:02.0', noAts: true });
    expect(notes).toEqual([]);
  });

  it('loses devices written after a comma, and says so', () => {
    const { pci, notes } = parseKernelCmdline('pci=disable_acs_redir=0000:02:00.0,0000:02:01.0,pci:8086:1901,realloc');
    expect(pci.disableAcsRedir).toBe('0000:02:00.0');
    expect(notes).toEqual([
      { code: 'lost-after-comma', option: '0000:02:01.0' },
      { code: 'lost-after-comma', option: 'pci:8086:1901' },
    ]);
  });

  it('takes the last of a repeated list, also across pci= parameters', () => {
    const { pci, notes } = parseKernelCmdline('pci=disable_acs_redir=1:00.0,noats pci=disable_acs_redir=2:00.0');
    expect(pci).toEqual({ configAcs: undefined, disableAcsRedir: '2:00.0', noAts: true });
    expect(notes).toEqual([{ code: 'overridden', option: 'pci=disable_acs_redir=1:00.0' }]);
  });

  it.each([
    ['pci=noacs', 'no-such-option', 'pci=noacs'],
    ['pci=nocrs,acs_off,realloc=on', 'no-such-option', 'pci=acs_off'],
    ['amd_iommu=on', 'no-such-option', 'amd_iommu=on'],
    ['intel_iommu=on,pt', 'no-such-option', 'intel_iommu=pt'],
    ['iommu=on', 'no-such-option', 'iommu=on'],
    ['pcie_acs_override=downstream,multifunction', 'out-of-tree', 'pcie_acs_override=downstream,multifunction'],
    ['iommu.strict=maybe', 'bad-value', 'iommu.strict=maybe'],
    ['iommu.passthrough', 'bad-value', 'iommu.passthrough'],
  ])('%s is %s', (text, code, option) => {
    expect(parseKernelCmdline(text).notes).toEqual([{ code, option }]);
  });
});

describe('parseKernelCmdline, IOMMU', () => {
  it.each([
    ['iommu=pt', true],
    ['iommu=nopt', false],
    ['iommu=pt iommu.passthrough=0', false],
    ['iommu.passthrough=off iommu=force,pt', true],
    ['iommu=ptx', true],
    ['iommu=xpt', undefined],
    ['iommu.passthrough=Yes', true],
    ['iommu.passthrough=1 iommu.passthrough=zzz', true],
    ['quiet', undefined],
  ])('%s asks for pass-through: %s', (text, passthrough) => {
    expect(parseKernelCmdline(text).iommu.passthrough).toBe(passthrough);
  });

  it('reads every word of the x86 parameters', () => {
    const line = parseKernelCmdline(
      'iommu=off,force intel_iommu=off,on,strict,sp_off,sm_off,igfx_off amd_iommu=off,fullflush,pgtbl_v2,v2_pgsizes_only,nohugepages',
    );
    expect(line.iommu).toMatchObject({ off: true, force: true });
    expect(line.intel).toEqual({ on: true, strict: true, superPagesOff: true, scalableMode: false, graphicsOff: true });
    expect(line.amd).toEqual({ off: true, fullFlush: true, pageTable: 'v2', v2PageSizesOnly: true, noHugePages: true });
  });

  it('reads iommu.strict and iommu.forcedac on every architecture', () => {
    const { iommu, notes } = parseKernelCmdline('iommu.strict=0 iommu.forcedac=1', 'other');
    expect(iommu).toMatchObject({ strict: false, forceDac: true });
    expect(notes).toEqual([]);
  });

  it('gives x86 parameters no effect elsewhere', () => {
    const { iommu, intel, notes } = parseKernelCmdline('iommu=pt intel_iommu=on', 'other');
    expect([iommu.passthrough, intel.on]).toEqual([undefined, undefined]);
    expect(notes.map((n) => n.code)).toEqual(['not-on-this-architecture', 'not-on-this-architecture']);
  });
});
