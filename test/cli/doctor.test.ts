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
      'Price: GPU0, GPU1, NIC0, NIC1, NVME0…NVME3 can reach each other without the IOMMU seeing it. Likewise 3 more sets of devices. Zeroing',
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

  test.each<[string, string, number]>([
    ['passthrough', 'examples/machines/hgx-8gpu.yaml', 0],
    ['gpudirect-rdma', 'examples/machines/hgx-8gpu.yaml', 1],
    ['nvme-p2p', 'test/machines/acsswitch-lspci/lspci.txt', 1],
    ['dma-buf', 'examples/machines/dual-socket-allowlisted.yaml', 3],
  ])('--for %s of %s: exit code %d, text and JSON of one judgement', (goal, file, expected) => {
    const { stdout, stderr, code } = peerpath(['doctor', '--for', goal, file]);
    expect(stderr).not.toMatch(/Error|undefined/);
    expect(code).toBe(expected);
    const run = peerpath(['doctor', '--for', goal, file, '--json']);
    expect(run.code).toBe(expected);
    const document = JSON.parse(run.stdout) as {
      goal: string;
      items: { state: string; needs: string }[];
      sources: string[];
    };
    expect(document).toMatchObject({ schema: 'peerpath.goal/1', goal, kernel: { source: expect.any(String) } });
    const states = document.items.map(({ state }) => state);
    const [fails, unknown] = ['fails', 'unknown'].map((state) => states.filter((each) => each === state).length);
    expect(expected).toBe(fails ? 1 : unknown ? 3 : 0);
    expect(stdout.startsWith(`${goal}: `)).toBe(true);
    for (const { needs, state } of document.items)
      expect(stdout).toMatch(new RegExp(`${needs.replace(/[()+]/g, '.')} +${state}`));
    for (const source of document.sources) expect(stdout).toContain(source);
  });

  test('--for a goal that is none: 2, with those there are', () => {
    const { stdout, stderr, code } = peerpath(['doctor', '--for', 'speed', INTEL]);
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(/^peerpath: --for speed: no such goal; say gpudirect-rdma, .*rocm-p2p\n$/);
  });

  test('without two devices, or with labels alone, it does not say that nothing stands in the way', () => {
    const alone = peerpath(['doctor', '-'], '0000:00:00.0 Host bridge [0600]: Intel Corporation Device [8086:09a2]\n');
    expect(alone.stdout).toMatch(/^No two devices in this input to do peer-to-peer DMA with/);
    const matrix = '\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity\nGPU0\t X \tPIX\t0-31\t0\nGPU1\tPIX\t X \t0-31\t0\n';
    for (const command of ['doctor', 'near', 'fix']) {
      const labels = peerpath([command, '-'], matrix);
      expect(labels.stdout).toMatch(/^2 devices by label alone: 1 of 1 pair meet/);
      expect(labels.code).toBe(3);
    }
  });

  test('what is merely so by design is one finding, and never leads; what is left out is counted', () => {
    const { stdout } = peerpath(['doctor', 'examples/machines/hgx-8gpu.yaml']);
    expect(stdout).toMatch(/Left out: 1 display\s+\(peerpath matrix --all\)\./);
    const arm = peerpath(['doctor', 'test/machines/arm-many-domains/machine.yaml']).stdout;
    expect(arm.match(/are judged by devices that are no host bridges/g)).toHaveLength(1);
    expect(arm).not.toMatch(/^1\. .*judged/m);
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
