import { expect, test } from 'vitest';
import { fixture } from '../../../test/capture/lspci-fixture.ts';
import { isLspci, looksLikeLspci } from './looks-like-lspci.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  { input: 'a dump', bytes: fixture('q35-recorded-xxxx.txt'), kind: 'hex' },
  { input: 'text', bytes: fixture('q35-pciutils-3.5-vv.txt'), kind: 'text' },
  { input: 'a list', bytes: fixture('q35-list.txt'), kind: 'text' },
  { input: 'one line', bytes: encode('01:00.0 3D controller: NVIDIA Corporation GH100'), kind: 'text' },
  {
    input: 'a class that pci.ids does not know yet, with details',
    bytes: encode('01:00.0 Time machine: X\n\tControl: Mem+\n'),
    kind: 'text',
  },
  {
    input: 'a list far down in other text',
    bytes: encode(`${'log line\n'.repeat(20_000)}01:00.0 3D controller: X\n`),
    kind: 'text',
  },
  {
    input: 'a dump far down in other text',
    bytes: encode(`${'log line\n'.repeat(20_000)}01:00.0 3D controller: X\n00:${' 00'.repeat(16)}\n`),
    kind: 'hex',
  },
  { input: 'nothing', bytes: encode(''), kind: undefined },
  { input: 'prose', bytes: encode('The GPU at 01:00.0 is slow.\n'), kind: undefined },
  {
    input: 'a tree (lspci -tv)',
    bytes: encode('-[0000:00]-+-00.0  Intel\n           +-01.0-[01]----00.0  NVIDIA\n           \\-1f.3  X\n'),
    kind: undefined,
  },
  {
    input: 'kernel messages',
    bytes: encode('[    0.5] pci 0000:00:01.0: [8086:1234] type 01 class 0x060400\n0000:00:01.0: enabling device\n'),
    kind: undefined,
  },
  {
    input: 'addresses in a sentence',
    bytes: encode('00:00.0 Host bridge [8086:29c0]; 00:03.0 PCI bridge [8086:3420]\n'),
    kind: undefined,
  },
  {
    input: 'a directory listing',
    bytes: encode('0000:00:00.0 -> ../../../devices/pci0000:00/0000:00:00.0\n'),
    kind: undefined,
  },
  {
    input: 'an archive',
    bytes: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, ...encode('\n00:02.0 PCI bridge: X\n')),
    kind: undefined,
  },
])('$input: $kind', ({ bytes, kind }) => {
  expect(looksLikeLspci(bytes)).toBe(kind);
  expect(isLspci(bytes)).toBe(kind !== undefined);
});
