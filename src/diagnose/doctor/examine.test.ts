import { describe, expect, it } from 'vitest';
import { analyze } from '../../analyze.ts';
import { assert } from '../../base/index.ts';
import { readMachineDescription } from '../../lab/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { type Ailment, examine, weightOf } from './index.ts';

/** AMD Zen: all pairs go through the host bridge, listed or not. The root port at slot 1 has a GPU below, that at 2 what is given. */
function machineWith(options: {
  readonly gpu?: string;
  readonly other?: string;
  readonly rest?: string;
  readonly kernel?: string;
}): readonly Ailment[] {
  const { gpu = '', other = '{kind: nvme}', rest = '', kernel = '7.3.4' } = options;
  const text = `peerpath-machine: 1
kernel: ${kernel}
cpu: {vendor: AuthenticAMD, family: 25, model: AMD EPYC}
memory: 16G
${rest}
host-bridges:
  - devices:
      - {kind: host-bridge, slot: 0, id: "1022:14d8"}
      - {kind: root-port, slot: 1, below: {kind: gpu, bars: {0: 256M 64 pref}, ${gpu}}}
      - {kind: root-port, slot: 2, below: ${other}}
`;
  const read = readMachineDescription(text, 'x.yaml');
  assert(read.ok, read.ok ? '' : read.error.text);
  return examine(analyze(read.value).situation);
}

function found<Code extends Ailment['code']>(ailments: readonly Ailment[], code: Code) {
  return ailments.filter((ailment): ailment is Extract<Ailment, { code: Code }> => ailment.code === code);
}

const REBAR = 'rebar: {0: [256M, 1G, 16G]}';

describe('a BAR that could be larger', () => {
  it.each([
    ['a GPU at less than its largest size', { gpu: REBAR }, [[0, 256n << 20n, 16n << 30n]]],
    ['a GPU at its largest size', { gpu: 'rebar: {0: [256M]}' }, []],
    ['a GPU without the capability', {}, []],
    ['a NIC: its memory is not shared', { other: `{kind: nic, bars: {0: 256M 64 pref}, ${REBAR}}` }, []],
  ])('%s', (_, machine, expected) => {
    const small = found(machineWith(machine), 'bar-small');
    expect(small.map(({ bar, size, largest }) => [bar, size, largest])).toEqual(expected);
  });
});

describe('memory beyond the DMA mask', () => {
  const narrow = '{kind: nvme, driver: nvme, dma-mask: 32}';
  it.each([
    ['32 bits and a BAR above 4 GiB, no IOMMU', narrow, 'iommu: none', [['0000:02:00.0', 32, '0000:01:00.0']]],
    ['the same in pass-through', narrow, 'iommu: {kind: amd, type: identity}', [['0000:02:00.0', 32, '0000:01:00.0']]],
    ['translated: the allocator keeps to the mask', narrow, 'iommu: amd', []],
    ['64 bits', '{kind: nvme, driver: nvme, dma-mask: 64}', 'iommu: none', []],
    [
      'no driver: 32 bits are where every device starts',
      '{kind: endpoint, class: "010802", bars: {0: 16K}}',
      'iommu: none',
      [],
    ],
  ])('%s', (_, other, rest, expected) => {
    const beyond = found(machineWith({ other, rest }), 'beyond-mask');
    const plain = beyond.map(({ importer, maskBits, providers }) => [
      formatBdf(importer.bdf),
      maskBits,
      providers.map(({ bdf }) => formatBdf(bdf)).join(),
    ]);
    expect(plain).toEqual(expected);
  });
});

describe('translation of what goes through the host bridge', () => {
  it.each([
    ['a translating IOMMU: both directions', 'iommu: amd', [[2, ['DMA-FQ']]]],
    ['strict', 'iommu: {kind: amd, type: DMA}', [[2, ['DMA']]]],
    ['pass-through', 'iommu: {kind: amd, type: identity}', []],
    ['no IOMMU', 'iommu: none', []],
  ])('%s', (_, rest, expected) => {
    const translated = found(machineWith({ rest }), 'translated');
    expect(translated.map(({ pairs, types }) => [pairs, types])).toEqual(expected);
  });
});

describe('a kernel built without something', () => {
  const without = (option: string): string => `config: {${option}: n}`;
  it.each([
    ['MOVE_NOTIFY', '', without('CONFIG_DMABUF_MOVE_NOTIFY'), ['CONFIG_DMABUF_MOVE_NOTIFY']],
    ['VFIO export', '', without('CONFIG_VFIO_PCI_DMABUF'), ['CONFIG_VFIO_PCI_DMABUF']],
    ['VFIO export before there was any', '', without('CONFIG_VFIO_PCI_DMABUF'), [], '6.18.0'],
    ['ROCm, with an AMD GPU', 'driver: amdgpu', without('CONFIG_HSA_AMD_P2P'), ['CONFIG_HSA_AMD_P2P']],
    ['ROCm, without one', 'driver: nvidia', without('CONFIG_HSA_AMD_P2P'), []],
    ['an option that is not in the input', '', '', []],
  ])('%s', (_, gpu, rest, expected, kernel = '7.3.4') => {
    expect(found(machineWith({ gpu, rest, kernel }), 'option-missing').map(({ option }) => option)).toEqual(expected);
  });
});

it('what costs speed or a feature never stands before what blocks', () => {
  const ailments = machineWith({ gpu: REBAR, other: '{kind: nvme, driver: nvme, dma-mask: 32}', rest: 'iommu: none' });
  expect(ailments.map((ailment) => [ailment.code, weightOf(ailment)])).toEqual([
    ['beyond-mask', 'blocks'],
    ['bar-small', 'slows'],
  ]);
});
