import { describe, expect, it } from 'vitest';
import { isLogLine, isWorthReading } from './log-bytes.ts';
import { parseLogLine } from './log-line.ts';

const MESSAGE = 'pci 0000:00:02.0: Adding to iommu group 1';

const FORMS: readonly (readonly [form: string, line: string, seconds: number | undefined, host: string | undefined])[] =
  [
    ['dmesg', `[    1.234567] ${MESSAGE}`, 1.234567, undefined],
    ['dmesg of a long run', `[1234567.123456] ${MESSAGE}`, 1234567.123456, undefined],
    ['dmesg with the caller', `[    1.234567][    T1] ${MESSAGE}`, 1.234567, undefined],
    ['dmesg -d', `[    1.234567 <    0.000012>] ${MESSAGE}`, 1.234567, undefined],
    ['dmesg -r', `<6>[    1.234567] ${MESSAGE}`, 1.234567, undefined],
    ['dmesg -x', `kern  :info  : [    1.234567] ${MESSAGE}`, 1.234567, undefined],
    ['dmesg -T', `[Mon Nov 30 08:44:37 2026] ${MESSAGE}`, undefined, undefined],
    ['dmesg -xT', `kern  :warn  : [Mon Nov 30 08:44:37 2026] ${MESSAGE}`, undefined, undefined],
    ['dmesg -e', `[Nov30 08:44] ${MESSAGE}`, undefined, undefined],
    ['dmesg -e, later lines', `[  +0.000012] ${MESSAGE}`, undefined, undefined],
    ['dmesg --time-format=iso', `2026-11-30T08:44:37,123456+00:00 ${MESSAGE}`, undefined, undefined],
    ['dmesg -t', MESSAGE, undefined, undefined],
    ['journalctl -k', `Nov 30 08:44:37 box kernel: ${MESSAGE}`, undefined, 'box'],
    ['journalctl -o short-precise', `Nov 30 08:44:37.123456 box kernel: ${MESSAGE}`, undefined, 'box'],
    ['journalctl -o short-iso', `2026-11-30T08:44:37+0000 box kernel: ${MESSAGE}`, undefined, 'box'],
    ['journalctl -o short-iso-precise', `2026-11-30T08:44:37.123456+00:00 box kernel: ${MESSAGE}`, undefined, 'box'],
    ['journalctl -o short-full', `Mon 2026-11-30 08:44:37 UTC box kernel: ${MESSAGE}`, undefined, 'box'],
    ['journalctl -o short-monotonic', `[    1.234567] box kernel: ${MESSAGE}`, 1.234567, 'box'],
    ['journalctl -o short-unix', `1796028277.123456 box kernel: ${MESSAGE}`, undefined, 'box'],
    ['journalctl -o verbose', `    MESSAGE=${MESSAGE}`, undefined, undefined],
    ['journalctl -o json', `{"_HOSTNAME":"box","PRIORITY":"6","MESSAGE":"${MESSAGE}"}`, undefined, 'box'],
    ['a syslog file', `Nov 30 08:44:37 box kernel: [    1.234567] ${MESSAGE}`, 1.234567, 'box'],
    [
      'a syslog file, date in ISO form',
      `2026-11-30T08:44:37.123456+00:00 box kernel: [    1.234567] ${MESSAGE}`,
      1.234567,
      'box',
    ],
  ];

describe('a line of a kernel log', () => {
  it.each(FORMS)('gives the message alone: %s', (_, line, seconds, host) => {
    expect(parseLogLine(line.trimStart(), 7)).toMatchObject({ line: 7, text: MESSAGE, seconds, host });
  });

  it.each(FORMS)('is claimed and read by its bytes: %s', (_, line) => {
    const bytes = new TextEncoder().encode(line.trimStart());
    expect(isLogLine(bytes, 0, bytes.length, false)).toBe(true);
    expect(isWorthReading(bytes, 0, bytes.length)).toBe(true);
  });

  it.each([
    '00:02.0 VGA compatible controller: Maker Thing (rev 02)',
    'Capabilities: [40] Express (v2) Root Port (Slot+), MSI 00',
    'Region 0: Memory at 90000000 (64-bit, non-prefetchable) [size=16M]',
    'some words about a kernel: it is old',
    'CONFIG_PCI_P2PDMA=y',
    '[B]bold[/B]',
    '10: 0c 00 00 fe 00 00 00 00 00 00 00 00 00 00 00 00',
  ])('is told from other text: %s', (line) => {
    const bytes = new TextEncoder().encode(line);
    expect(isLogLine(bytes, 0, bytes.length, false)).toBe(false);
  });

  it('is read only where it can tell something', () => {
    for (const line of ['[    0.1] usb 1-1: new device', '[    0.1] audit: type=1400 audit(1796028277.1:2)']) {
      const bytes = new TextEncoder().encode(line);
      expect(isWorthReading(bytes, 0, bytes.length)).toBe(false);
    }
  });
});
