/** What is not printed is not taken for what is not there; what is printed counts. */
import { describe, expect, test } from 'vitest';
import { functionOf, read } from '../../../test/capture/lspci-fixture.ts';
import { buildTopology, type PciFunction } from '../../pci/index.ts';
import { formatBdf } from '../../uapi/index.ts';

const CONTROL = '\tControl: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping-';
const STATUS = '\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast';
const REGISTERS = ['DevCap', 'DevCtl', 'DevSta', 'LnkCap', 'LnkCtl', 'LnkSta'];
const SECOND = ['DevCap2', 'DevCtl2', 'LnkCtl2', 'LnkSta2'];
const SLOT = ['SltCap', 'SltCtl', 'SltSta'];
const lines = (...words: string[]): string[] => words.map((word) => `\t\t${word}:\t`);
const EXPRESS = lines(...REGISTERS, ...SECOND);
const PORT = lines(...REGISTERS, ...SLOT, ...SECOND);
const REDIRECT = '\t\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-';
const CAP = '\t\tACSCap:\tSrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans+';

function port(address: string, secondary: string, type = 'Downstream Port (Slot+)'): string[] {
  const bus = address.slice(0, 2);
  return [
    `${address} PCI bridge [0604]: Broadcom / LSI PEX880xx [1000:c010] (rev b0) (prog-if 00 [Normal decode])`,
    CONTROL,
    STATUS,
    '\tLatency: 0',
    `\tBus: primary=${bus}, secondary=${secondary}, subordinate=${secondary}, sec-latency=0`,
    '\tSecondary status: 66MHz- FastB2B- ParErr- DEVSEL=fast',
    '\tBridgeCtl: Parity+ SERR+ NoISA- VGA- VGA16- MAbort- >Reset- FastB2B-',
    `\tCapabilities: [68] Express (v2) ${type}, MSI 00`,
    ...PORT,
    '\tCapabilities: [100 v1] Device Serial Number 00-00-00-00-00-00-00-01',
    '\tCapabilities: [2a0 v1] Access Control Services',
    CAP,
    REDIRECT,
    '',
  ];
}

function card(address: string): string[] {
  return [
    `${address} 3D controller [0302]: NVIDIA Corporation X [10de:2bb5] (rev a1)`,
    CONTROL,
    STATUS,
    '\tLatency: 0',
    '\tCapabilities: [60] Express (v2) Endpoint, MSI 00',
    ...EXPRESS,
    '\tCapabilities: [100 v1] Device Serial Number 00-00-00-00-00-00-00-02',
    '',
  ];
}

const whole = [...port('02:00.0', '03'), ...port('02:01.0', '04'), ...card('03:00.0'), ...card('04:00.0')];

function functionsOf(lines: readonly string[]): (address: string) => PciFunction {
  const { functions } = buildTopology(read(`${lines.join('\n')}\n`));
  return (address) => {
    const fn = functions.find(({ bdf }) => formatBdf(bdf) === `0000:${address}`);
    if (fn === undefined) throw new Error(`${address} was not read`);
    return fn;
  };
}

test('in a whole text what is not printed is absent', () => {
  const of = functionsOf(whole);
  expect([of('02:00.0').acs.state, of('03:00.0').acs.state, of('03:00.0').sriov.state]).toEqual([
    'known',
    'absent',
    'absent',
  ]);
});

test('lines of a capability whose title is gone from a text with lines set apart: it is not taken for absent', () => {
  const apart = whole.flatMap((line) => [line, '']);
  expect(functionsOf(apart)('02:00.0').acs.state).toBe('known');
  const without = apart.map((line) => (line.includes('Access Control') ? '' : line));
  expect(functionsOf(without)('02:00.0').acs.state).not.toBe('absent');
});

describe('filters', () => {
  test.each([
    ['^[0-9a-f]|Control|Bus:|ACSC', /^[0-9a-f]|Control|Bus:|ACSC/],
    ['^[0-9a-f]|Status|Express|ACSC', /^[0-9a-f]|Status|Express|ACSC/],
    ['^[0-9a-f]|ACSCtl', /^[0-9a-f]|ACSCtl/],
    ['^[0-9a-f]|Capabilities|ACSC', /^[0-9a-f]|Capabilities|ACSC/],
  ])('%s: the control that is printed counts, and nothing is absent', (_pattern, pattern) => {
    const of = functionsOf(whole.filter((line) => pattern.test(line)));
    const { acs } = of('02:00.0');
    expect(acs.state === 'known' && acs.value.ctrl).toBe(0x1d);
    expect([of('03:00.0').acs.state, of('04:00.0').acs.state]).toEqual(['unreadable', 'unreadable']);
  });

  test.each([
    ['Flags', ['\tFlags: bus master, fast devsel, latency 0, IRQ 16']],
    ['Control', [CONTROL]],
    ['Status', [CONTROL, STATUS]],
  ])('%s lines alone: whether there is ACS is not known', (_name, lines) => {
    const kept = whole.flatMap((line) => (/^[0-9a-f]/.test(line) ? [line, ...lines] : []));
    const of = functionsOf(kept);
    expect([of('02:00.0').acs.state, of('03:00.0').acs.state]).toEqual(['unreadable', 'unreadable']);
  });
});

describe('one line of ACS Control below a title', () => {
  const title = '00:01.1 PCI bridge: Advanced Micro Devices, Inc. [AMD] GPP Bridge (prog-if 00 [Normal decode])';

  test.each([
    ['alone', [REDIRECT]],
    ['with Capability', [CAP, REDIRECT]],
    ['below its header', ['\tCapabilities: [2a0 v1] Access Control Services', CAP, REDIRECT]],
    ['between dots', ['....', '\tCapabilities: [2a0 v1] Access Control Services', CAP, REDIRECT, '....']],
  ])('%s', (_name, lines) => {
    const { acs } = functionsOf([title, ...lines])('00:01.1');
    expect(acs.state === 'known' && acs.value.ctrl).toBe(0x1d);
  });

  test('tells which services are there as far as they are on', () => {
    const { acs } = functionsOf([title, REDIRECT])('00:01.1');
    const { cap = 0, capKnown = 0 } = acs.state === 'known' ? acs.value : {};
    expect([cap, capKnown]).toEqual([0x1d, 0x1d]);
  });

  test('with words cut off at its end tells nothing', () => {
    expect(functionsOf([title, REDIRECT.slice(0, 40)])('00:01.1').acs.state).toBe('unreadable');
  });

  test('the port type printed without its capability counts', () => {
    const { pcie } = functionsOf([title, '\t\tExpress Root Port (Slot+)'])('00:01.1');
    expect(pcie.state === 'known' && pcie.value.type).toBe(4);
  });
});

describe('a part of the text is lost', () => {
  test.each([
    ['the function ends before its capabilities', 4],
    ['it ends within PCI Express', 8],
    ['it ends before Access Control Services', 13],
  ])('%s: no capability is absent', (_name, kept) => {
    const cut = [...port('02:00.0', '03').slice(0, kept), ...port('02:01.0', '04'), ...card('03:00.0')];
    const of = functionsOf(cut);
    expect([of('02:00.0').acs.state, of('03:00.0').acs.state]).toEqual(['unreadable', 'unreadable']);
  });

  test('lines behind a missing title are not those of the function above', () => {
    const [, ...untitled] = port('02:01.0', '04');
    const text = [...card('03:00.0').slice(0, -1), ...untitled, ...card('04:00.0')];
    const capture = read(`${text.join('\n')}\n`);
    expect(functionsOf(text)('03:00.0').acs.state).toBe('unreadable');
    expect(functionOf(capture, '0000:03:00.0').config.bits(0x0e, 1, 0x7f)).toBe(0);
    expect(capture.findings.map(({ code }) => code)).toContain('title-lost');
  });

  test('nor behind an empty line', () => {
    const [, ...untitled] = port('02:01.0', '04');
    const text = [...card('03:00.0'), ...untitled.slice(-5), ...card('04:00.0')];
    expect(functionsOf(text)('03:00.0').acs.state).not.toBe('known');
    expect(read(`${text.join('\n')}\n`).findings.map(({ code }) => code)).toContain('text-without-title');
  });

  test('the end of one function below the start of another is used for neither', () => {
    const [, ...rest] = port('02:01.0', '04');
    const seam = [...card('03:00.0').slice(0, 6), ...rest.slice(-5)];
    const of = functionsOf([...port('02:00.0', '03'), ...seam, ...card('04:00.0')]);
    expect(of('03:00.0').acs.state).toBe('unreadable');
  });
});

test.each([
  [
    'bus numbers below a SATA controller',
    '00:1f.2 SATA controller [0106]: X',
    '\tBus: primary=01, secondary=02, subordinate=04',
  ],
  [
    'a SATA capability below a bridge',
    '00:05.0 PCI bridge [0604]: X',
    '\tCapabilities: [a8] SATA HBA v1.0 BAR4 Offset=00000004',
  ],
])('%s are of another function: nothing of the text is used', (_what, title, line) => {
  const text = `${title}\n\tControl: Mem+\n\tStatus: Cap+\n\tIOMMU group: 7\n${line}\n\tCapabilities: [148 v1] Access Control Services\n\n`;
  const capture = read(text);
  expect(capture.findings.map(({ code }) => code)).toContain('lines-lost');
  expect(capture.functions[0]?.iommuGroup.state).toBe('unreadable');
});

test('ACS control is told by its own line', () => {
  const fn = read(`${whole.join('\n')}\n`).parts[0]?.functions?.find(({ bdf }) => formatBdf(bdf) === '0000:02:01.0');
  expect(fn?.acsLine).toBe(port('02:00.0', '03').length + port('02:01.0', '04').indexOf(REDIRECT) + 1);
});

test('bytes of other ids below a title are of another function', () => {
  const rows = [
    '00: de 10 b5 2b 06 04 10 00 a1 00 02 03 00 00 00 00',
    '10: 00 00 00 f0 00 00 00 00 00 00 00 00 00 00 00 00',
  ];
  const text = `03:00.0 PCI bridge [0604]: Broadcom / LSI X [1000:c010]\n${rows.join('\n')}\n`;
  const capture = read(text);
  expect(capture.findings.map(({ code }) => code)).toContain('config-of-another');
  expect(functionOf(capture, '0000:03:00.0').config.read16(0)).not.toBe(0x10de);
});

test('mail that breaks lines leaves a register whole', () => {
  const broken = whole.join('\n').replaceAll(' EgressCtrl- ', '\nEgressCtrl- ');
  const { acs } = functionsOf(broken.split('\n'))('02:01.0');
  expect(acs.state === 'known' && acs.value.ctrl).toBe(0x1d);
});

test.each(['', '> ', '> > '])('what grep prints behind "%s--" is of another function', (quote) => {
  const first = port('02:00.0', '03').slice(0, 5);
  const fn = functionsOf([...first, '--', ...lines('DevSta'), CAP, REDIRECT, ''].map((line) => quote + line));
  expect(fn('02:00.0').acs.state).toBe('unreadable');
});
