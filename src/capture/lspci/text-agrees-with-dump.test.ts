import { describe, expect, test } from 'vitest';
import { fixtureText, functionOf, read, withoutHex } from '../../../test/capture/lspci-fixture.ts';
import { formatBdf, PCI_ACS_CTRL, PCI_EXP_DEVCTL, PCI_EXP_FLAGS, PCI_EXP_LNKSTA } from '../../uapi/index.ts';
import type { MachineCapture } from '../capture-part.ts';
import type { ConfigSpace } from '../config-space.ts';

const dump = read(fixtureText('q35-recorded-xxxx.txt'));
const translated = fixtureText('translated-recorded-x.txt');

/** Bits that are known, and those of them that are not what the dump has. */
function compare(text: ConfigSpace, hex: ConfigSpace): { known: number; wrong: string[] } {
  const wrong: string[] = [];
  let known = 0;
  text.bytes.forEach((byte, offset) => {
    const mask = text.mask?.[offset] ?? 0xff;
    const real = hex.bytes[offset];
    if (real === undefined) return;
    for (let bit = mask; bit > 0; bit >>= 1) known += bit & 1;
    if ((byte & mask) !== (real & mask))
      wrong.push(`${offset.toString(16)}: ${byte.toString(16)}, not ${real.toString(16)}`);
  });
  return { known, wrong };
}

function compareAll(text: MachineCapture, hex: MachineCapture): { known: number; wrong: string[] } {
  const all = text.functions.map((fn) => {
    const { known, wrong } = compare(fn.config, functionOf(hex, formatBdf(fn.bdf)).config);
    return { known, wrong: wrong.map((line) => `${formatBdf(fn.bdf)} ${line}`) };
  });
  return { known: all.reduce((sum, { known }) => sum + known, 0), wrong: all.flatMap(({ wrong }) => wrong) };
}

describe('every bit that text is said to tell is the bit of the register', () => {
  test.each([
    ['q35-recorded-xxxx.txt', 1500],
    ['q35-pciutils-3.2-nnvvv.txt', 1500],
    ['q35-pciutils-3.5-vv.txt', 1500],
    ['q35-pciutils-3.7-nnvvv.txt', 1500],
    ['q35-pciutils-3.9-nvvv.txt', 1500],
    ['q35-pciutils-3.14-nnv.txt', 600],
    ['q35-pciutils-3.9-nnvvv-x-user.txt', 500],
    ['q35-list.txt', 300],
  ])('%s tells at least %d bits, all of them right', (name, atLeast) => {
    const text = read(withoutHex(fixtureText(name)));
    expect(text.functions).toHaveLength(dump.functions.length);
    const { known, wrong } = compareAll(text, dump);
    expect(wrong).toEqual([]);
    expect(known).toBeGreaterThan(atLeast);
  });

  test('where a host bridge translates, printed CPU addresses are not taken for those of registers', () => {
    const { wrong } = compareAll(read(withoutHex(translated)), read(translated));
    expect(wrong).toEqual([]);
  });
});

describe('the registers that peer-to-peer DMA hangs on are told by the text', () => {
  const files = ['q35-pciutils-3.7-nnvvv.txt', 'q35-pciutils-3.5-vv.txt', 'q35-pciutils-3.14-nnv.txt'];
  // 7 ACS bits are printed; of the flags the version, the type and the slot bit.
  const registers = [
    { what: 'ACS control', address: '0000:00:04.0', at: 0x148 + PCI_ACS_CTRL, width: 2, bits: 0x7f, needs: 'vv' },
    { what: 'port type', address: '0000:00:04.0', at: 0x54 + PCI_EXP_FLAGS, width: 2, bits: 0xf0, needs: 'v' },
    { what: 'port type', address: '0000:01:00.0', at: 0x90 + PCI_EXP_FLAGS, width: 2, bits: 0xf0, needs: 'v' },
    { what: 'secondary bus', address: '0000:02:00.0', at: 0x19, width: 1, bits: 0xff, needs: 'v' },
    { what: 'memory and bus master enable', address: '0000:00:1f.2', at: 0x04, width: 2, bits: 0x6, needs: 'v' },
    { what: 'link status', address: '0000:02:00.0', at: 0x54 + PCI_EXP_LNKSTA, width: 2, bits: 0x3ff, needs: 'vv' },
    { what: 'maximum payload', address: '0000:02:00.0', at: 0x54 + PCI_EXP_DEVCTL, width: 2, bits: 0xe0, needs: 'vv' },
    { what: 'BAR 5', address: '0000:00:1f.2', at: 0x24, width: 4, bits: 0xffff_ffff, needs: 'vv' },
  ] as const;
  const rows = files.flatMap((file) => registers.map((register) => ({ file, ...register })));
  test.each(rows)('$file: $what of $address', ({ file, address, at, width, bits, needs }) => {
    const text = functionOf(read(fixtureText(file)), address).config.bits(at, width, bits);
    const real = functionOf(dump, address).config.bits(at, width, bits);
    expect(text).toBe(needs === 'vv' && file.endsWith('-nnv.txt') ? undefined : real);
  });
});

describe('capability lists', () => {
  const text = read(withoutHex(fixtureText('q35-recorded-xxxx.txt')));

  test('a printed list can be walked to its end', () => {
    const { config } = functionOf(text, '0000:00:04.0');
    const seen: number[] = [];
    for (let at = config.bits(0x34, 1, 0xfc); at !== undefined && at !== 0; at = config.bits(at + 1, 1, 0xfc)) {
      seen.push(config.read8(at) ?? -1);
    }
    expect(seen).toEqual([0x10, 0x11, 0x0d]);
    expect(config.bits(0x100, 4, 0xfff0_ffff)).toBe(0x1480_0001);
    expect(config.bits(0x148, 4, 0xfff0_ffff)).toBe(0x0000_000d);
  });

  const words = ['DevCap', 'DevCtl', 'DevSta', 'LnkCap', 'LnkCtl', 'LnkSta', 'DevCap2', 'DevCtl2', 'LnkSta2'];
  const registers = words.map((name) => `\t\t${name}:\t\n`);
  const port = `\n\tControl: Mem+\n\tStatus: Cap+\n\tCapabilities: [40] Express (v2) Endpoint, MSI 00\n${registers.join('')}`;
  const serial = '\tCapabilities: [100 v1] Device Serial Number 00-00-00-00-00-00-00-01\n';

  test.each([
    {
      shown: 'for another function',
      text: `01:00.0 3D controller: A${port}\n02:00.0 3D controller: B${port}${serial}\n`,
      expected: 0,
    },
    {
      shown: 'for none',
      text: `01:00.0 3D controller: A${port}\n02:00.0 3D controller: B${port}\n`,
      expected: undefined,
    },
  ])('extended capabilities shown $shown: a function without any has $expected there', ({ text, expected }) => {
    expect(functionOf(read(text), '0000:01:00.0').config.read32(0x100)).toBe(expected);
  });
});
