import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newFolder } from '../../test/capture/host-on-disk.ts';
import { joinParts, readText } from '../capture/index.ts';
import { streamText } from './stream-text.ts';

const JUNK = '\u0000\u0001\ufffd junk \u0007\n';
const TEXT = `${JUNK}Linux version 6.12.9 (a@b) (gcc 14) #1 SMP
${JUNK}00:01.0 PCI bridge [0604]: Intel Corporation Device [8086:1901] (prog-if 00 [Normal decode])
	Bus: primary=00, secondary=01, subordinate=01, sec-latency=0
01:00.0 VGA compatible controller [0300]: NVIDIA Corporation Device [10de:2684]
	Region 0: Memory at a0000000 (32-bit, non-prefetchable) [size=16M]

IOMMU Group 5 00:01.0 PCI bridge [0604]: Intel Corporation Device [8086:1901]
IOMMU Group 6 01:00.0 VGA compatible controller [0300]: NVIDIA Corporation Device [10de:2684]
`;

it('a text read piece by piece tells what it tells whole, wherever the pieces end', () => {
  const folder = newFolder();
  const path = join(folder, 'text');
  writeFileSync(path, TEXT);
  const whole = readText(new TextEncoder().encode(TEXT), path);
  const machine = joinParts(whole.parts);
  expect(machine.ok && machine.value.functions.map(({ bdf }) => bdf)).toEqual([0x0008, 0x0100]);
  expect(whole.text.skipped).toBeGreaterThan(0);
  for (let pieceBytes = 130; pieceBytes < 200; pieceBytes++) {
    const read = streamText(path, TEXT.length, undefined, pieceBytes);
    expect(read?.ok && [read.value.parts, read.value.texts]).toEqual([whole.parts, [whole.text]]);
  }
  rmSync(folder, { recursive: true });
});
