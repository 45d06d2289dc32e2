import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';

describe('doctor', () => {
  test('names first what costs most, each finding with evidence, consequence, fix and layer', () => {
    const { stdout, code } = peerpath(['doctor', INTEL]);
    expect(stdout).toMatch(/^2 findings\. What costs most: ACS redirect keeps 6 pairs from being direct\./);
    for (const part of ['- Seen: ', '- So: ', '- Do: ', 'This is about what Linux P2PDMA allows.'])
      expect(stdout).toContain(part);
    expect(code).toBe(0);
  });

  test('the price of clearing redirect is a whole sentence, and counts every switch', () => {
    const steps = (file: string): string => peerpath(['doctor', file]).stdout;
    expect(steps('examples/machines/hgx-8gpu.yaml')).toContain(
      'Price: gpu0, gpu1, nic0, nic1, nvme0…nvme3 can reach each other without the IOMMU seeing it. Likewise 3 more sets of devices. Zeroing',
    );
    expect(steps('test/machines/acsswitch-lspci/lspci.txt')).toContain(
      'Price: not known, the input does not tell whether an IOMMU is in use. Zeroing',
    );
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
