import { describe, expect, it } from 'vitest';
import { type Files, functionFiles, treeOf } from '../../../test/capture/tree-of.ts';
import { unshown } from '../../base/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { readSysfsTree } from '../index.ts';

const PC = 'sys/devices/pci0000:00';

/** Function to its names. */
function names(files: Files): Record<string, string> {
  const { functions } = readSysfsTree(treeOf({ 'capture.log': 'capture format 1\n', ...files }), { name: 'test' });
  return Object.fromEntries(
    functions.flatMap(({ bdf, systemNames }) =>
      systemNames === undefined
        ? []
        : [[formatBdf(bdf), systemNames.map(({ kind, name }) => `${kind} ${unshown(name)}`).join(', ')]],
    ),
  );
}

const TWO = { ...functionFiles(`${PC}/0000:00:02.0`), ...functionFiles(`${PC}/0000:00:01.0/0000:01:00.0`) };

describe('names of the system', () => {
  it('are those of the class folders, also where a bus of another kind lies between', () => {
    expect(
      names({
        ...TWO,
        'sys/class/net/eth0': { link: '../../devices/pci0000:00/0000:00:02.0/virtio0/net/eth0' },
        'sys/class/net/lo': { link: '../../devices/virtual/net/lo' },
        'sys/class/net/enp1s0f0np0': { link: '../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/enp1s0f0np0' },
        'sys/class/infiniband/mlx5_10': { link: '../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/infiniband/x' },
        'sys/class/infiniband/mlx5_9': { link: '../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/infiniband/y' },
        'sys/class/drm/card1': { link: '../../devices/pci0000:00/0000:00:02.0/drm/card1' },
        'sys/class/drm/card1-DP-1': { link: '../../devices/pci0000:00/0000:00:02.0/drm/card1/card1-DP-1' },
      }),
    ).toEqual({
      '0000:00:02.0': 'netdev eth0, drm card1',
      '0000:01:00.0': 'netdev enp1s0f0np0, rdma mlx5_9, rdma mlx5_10',
    });
  });

  it('are those of the folders of functions where there is no class folder', () => {
    const below = `${PC}/0000:00:01.0/0000:01:00.0`;
    expect(
      names({ ...TWO, [`${below}/nvme/nvme3/model`]: 'x\n', [`${below}/infiniband/mlx5_2/fw_ver`]: '1\n' }),
    ).toEqual({
      '0000:01:00.0': 'nvme nvme3, rdma mlx5_2',
    });
  });

  it('are left out where a link leads to no function', () => {
    expect(
      names({ ...TWO, 'sys/class/net/tun0': { link: '../../devices/virtual/net/tun0' }, 'sys/class/nvme/nvme0': '' }),
    ).toEqual({});
  });
});
