import { expect, it } from 'vitest';
import { readText, splitMachines } from '../index.ts';

const text = (...lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join('\n')}\n`);

function machines(bytes: Uint8Array): string[][] {
  const split = splitMachines(readText(bytes, 'mail.txt').parts);
  return split.machines.map((parts) =>
    parts.flatMap(({ functions = [] }) => functions.map(({ bdf }) => bdf.toString(16))),
  );
}

const ALPHA = [
  '00:00.0 Host bridge [0600]: Intel [8086:3c00]',
  '01:00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]',
];
const BETA = [
  '00:00.0 Host bridge [0600]: AMD [1022:1480]',
  '41:00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]',
];

it('two machines in one mail do not become one, and no function vanishes', () => {
  expect(machines(text('Works on:', '', ...ALPHA, '', 'Fails on:', '', ...BETA))).toEqual([
    ['0', '100'],
    ['0', '4100'],
  ]);
});

it('a list and the details below it are one machine, also where names are all there is', () => {
  const details = [
    '00:00.0 Host bridge: Intel',
    '\tControl: I/O- Mem+',
    '',
    '01:00.0 VGA compatible controller: NVIDIA',
  ];
  expect(machines(text(...ALPHA, '', ...details))).toEqual([['0', '100']]);
});

it('what stands at other addresses is of the same machine', () => {
  expect(machines(text(...ALPHA, '', '00:1f.0 ISA bridge [0601]: Intel [8086:1d41]'))).toEqual([
    ['0', 'f8', '100'].sort(),
  ]);
});

it('one wrong digit in a long list makes no second machine', () => {
  const again = [...ALPHA, '02:00.0 Ethernet controller [0200]: Intel [8086:1572]'];
  const damaged = again.map((line) => line.replace('10de:2204', '10de:2284'));
  expect(machines(text(...again, '', ...damaged))).toHaveLength(1);
});
