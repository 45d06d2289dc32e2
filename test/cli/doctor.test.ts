import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';

describe('doctor', () => {
  test('names first what costs most, each finding with evidence, consequence, fix and layer', () => {
    const { stdout, code } = peerpath(['doctor', INTEL]);
    expect(stdout).toMatch(/^2 findings\. What costs most: ACS redirect keeps 6 pairs from being direct\./);
    for (const part of ['  Seen  ', '  So    ', '  Do    ', 'This is about what Linux P2PDMA allows.'])
      expect(stdout).toContain(part);
    expect(code).toBe(0);
  });

  test('the price of clearing redirect is a whole sentence, and counts every switch', () => {
    const steps = (file: string): string => peerpath(['doctor', file]).stdout.replaceAll(/\n {6,}/g, ' ');
    expect(steps('examples/machines/hgx-8gpu.yaml')).toContain(
      'Price: gpu0, gpu1, nic0, nic1, nvme0…nvme3 can reach each other without the IOMMU seeing it. Likewise 3 more sets of devices. Zeroing',
    );
    expect(steps('test/machines/acsswitch-lspci/lspci.txt')).toContain(
      'Price: not known, the input does not tell whether an IOMMU is in use. Zeroing',
    );
  });

  test.each([
    ['doctor', 'ask "peerpath matrix --only" about some of them'],
    ['fix', 'name pairs with --want'],
  ])('%s says at once that all pairs of very many devices are too many', (command, instead) => {
    const { stdout, stderr, code } = peerpath([command, '-'], cards(2048));
    // Those of bus 0 are on the root bus.
    expect(stderr).toBe(
      `peerpath: the input does not tell where 1792 endpoints are in the tree, and all their pairs are weighed for at most 1024; ${instead}\n`,
    );
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
  });

  test('fix counts the pairs that are named', () => {
    const { stderr, code } = peerpath(['fix', '--want', 'nic<->nic', '-'], cards(2048));
    expect(stderr).toBe('peerpath: --want nic<->nic makes 4194304 pairs; name at most 2000000\n');
    expect(code).toBe(2);
  });

  test('--json and Markdown', () => {
    const document = JSON.parse(peerpath(['doctor', INTEL, '--json']).stdout);
    expect(document).toMatchObject({
      schema: 'peerpath.doctor/1',
      ailments: [{ code: 'redirect', layer: 'linux' }, {}],
    });
    expect(peerpath(['doctor', INTEL, '--format', 'md']).stdout).toMatch(/^### peerpath doctor\n\n\*\*2 findings/);
  });
});

/** What lspci says of so many functions. */
function cards(count: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const line = (bdf: number): string =>
    `${hex(bdf >> 8)}:${hex((bdf >> 3) & 31)}.${bdf & 7} Ethernet controller: Card\n`;
  return Array.from({ length: count }, (_, bdf) => line(bdf)).join('');
}
