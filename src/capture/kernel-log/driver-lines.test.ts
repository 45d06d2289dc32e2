import { describe, expect, it } from 'vitest';
import { factValue, joinParts, readText } from '../index.ts';

function functionsOf(lines: readonly string[]) {
  const joined = joinParts(readText(new TextEncoder().encode(`${lines.join('\n')}\n`), 'dmesg').parts);
  if (!joined.ok) throw new Error('not joined');
  return joined.value.functions;
}

describe('what drivers print', () => {
  it.each([
    ['[    2.1] nvme nvme3: pci function 0000:c1:00.0', 'nvme', { kind: 'nvme', name: 'nvme3' }],
    [
      '[    5.2] mlx5_core 0000:c1:00.0 enp193s0np0: renamed from eth0',
      'mlx5_core',
      { kind: 'netdev', name: 'enp193s0np0' },
    ],
    ['[    6.0] nvidia 0000:c1:00.0: enabling device (0140 -> 0142)', 'nvidia', undefined],
  ])('%s', (line, driver, name) => {
    const [fn] = functionsOf([line]);
    expect([fn?.bdf, fn && factValue(fn.driver), fn?.systemNames?.[0]]).toEqual([0xc100, driver, name]);
  });

  it('a card that DRM numbers keeps the driver that spoke of it, and a name that was given again', () => {
    const [fn, ...others] = functionsOf([
      '[    6.2] amdgpu 0000:e3:00.0: amdgpu: Fetched VBIOS from VFCT',
      '[    6.9] [drm] Initialized amdgpu 3.54.0 20150101 for 0000:e3:00.0 on minor 0',
      '[   90.1] [drm] Initialized amdgpu 3.54.0 20150101 for 0000:e3:00.0 on minor 1',
    ]);
    expect([others, fn && factValue(fn.driver), fn?.systemNames]).toEqual([
      [],
      'amdgpu',
      [{ kind: 'drm', name: 'card1' }],
    ]);
  });

  it('the bus that speaks of a function is no driver', () => {
    const [fn] = functionsOf(['[    0.3] pci 0000:00:02.0: [8086:9bc5] type 00 class 0x030000']);
    expect(fn?.driver.state).toBe('unreadable');
  });
});
