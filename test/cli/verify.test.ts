import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';
const SETPCI = 'conformance/recordings/acsswitch-intel-setpci0/capture.tar.gz';

describe('verify', () => {
  test('says first how many facts are as predicted, then which there were; exit code 0', () => {
    const { stdout, code } = peerpath(['verify', INTEL]);
    expect(stdout).toMatch(/^(\d+) of \1 recorded facts are as predicted\.\n/);
    expect(stdout).toMatch(/IOMMU groups +12 of 12 /);
    expect(code).toBe(0);
  });

  test('a difference has both sides and its cause, equal ones stand together', () => {
    const { stdout, code } = peerpath(['verify', SETPCI]);
    expect(stdout).toContain('a known cause explains the other 5.');
    expect(stdout.match(/Recorded\W+0x0\n\W*Predicted\W+0x1d\n\W*Cause\W+written after boot/g)).toHaveLength(1);
    expect(code).toBe(0);
  });

  test('a difference that nothing explains is exit code 1, with the rule', () => {
    const listing = ['00:01.0 PCI bridge: Intel Corporation Device 460d (rev 05) (prog-if 00 [Normal decode])'];
    const { stdout, code } = peerpath(['verify', '-'], strangeGroups(listing));
    expect(stdout).toContain('nothing explains');
    expect(stdout).toMatch(/Rule\W+members follow from the tree/);
    expect(code).toBe(1);
  });

  test('a listing of groups alone, whose bridges are not known, holds nothing against the kernel', () => {
    const listing = [
      'IOMMU Group 1:',
      '\t00:1c.0 PCI bridge [0604]: Intel Corporation [8086:7a38]',
      '\t07:00.0 Ethernet controller [0200]: Intel Corporation [8086:15f3]',
    ];
    const { stdout, code } = peerpath(['verify', '-'], `${listing.join('\n')}\n`);
    expect(stdout).not.toContain('nothing explains');
    expect([0, 3]).toContain(code);
  });

  test('an input that records nothing to compare is exit code 3', () => {
    const { stdout, code } = peerpath(['verify', '-'], '00:1f.3 Audio device [0403]: Intel Corporation [8086:7ad0]\n');
    expect(stdout).toMatch(/^Nothing to compare/);
    expect(code).toBe(3);
  });

  test('--json has every difference; --report writes an archive that verifies the same and holds it', () => {
    const document = JSON.parse(peerpath(['verify', SETPCI, '--json']).stdout);
    expect(document).toMatchObject({ schema: 'peerpath.verify/1', unexplained: 0 });
    expect(document.differences[0]).toMatchObject({
      kind: 'acs-control',
      recorded: '0x0',
      cause: 'changed-after-boot',
    });
    const file = join(mkdtempSync(join(tmpdir(), 'verify-')), 'report.tar.gz');
    expect(peerpath(['verify', SETPCI, '--report', file]).code).toBe(0);
    const again = JSON.parse(peerpath(['verify', file, '--json']).stdout);
    expect(again.differences).toEqual(document.differences);
  });
});

/** A port and what is below it in one slot, each function in a group that its registers do not allow. */
function strangeGroups(head: readonly string[]): string {
  return [
    ...head,
    '\tFlags: bus master, fast devsel, latency 0, IOMMU group 2',
    '\tBus: primary=00, secondary=01, subordinate=01, sec-latency=0',
    '\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00',
    '\tCapabilities: [100 v1] Advanced Error Reporting',
    '',
    '01:00.0 VGA compatible controller: Intel Corporation Battlemage G31 (prog-if 00 [VGA controller])',
    '\tFlags: bus master, fast devsel, latency 0, IOMMU group 15',
    '\tCapabilities: [40] Express (v2) Endpoint, MSI 00',
    '\tCapabilities: [100 v1] Advanced Error Reporting',
    '',
  ].join('\n');
}
