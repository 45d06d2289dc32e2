import { describe, expect, it } from 'vitest';
import { type SmallFunction, smallTopology } from '../../test/support/small-machine.ts';
import { known, type MachineCapture } from '../capture/index.ts';
import { p2pdmaMachine } from '../p2pdma/index.ts';
import { ACS_REDIRECT_BITS, buildTopology, type PciTopology } from '../pci/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { bootChange } from './boot-change.ts';
import { cmdlineFit, portNamings } from './boot-length.ts';
import { loaderLine } from './boot-words.ts';
import { makePlan } from './planner/index.ts';
import { presentSituation } from './what-if.ts';

const SWITCH = { vendor: 0x1000, device: 0xc030 };

/** A switch of `count` downstream ports that redirect, each with an endpoint; `extra` stands beside it. */
function machineOf(count: number, cmdline: string, extra: readonly SmallFunction[] = []): PciTopology {
  const functions: SmallFunction[] = [
    { bdf: '00:00.0', vendor: 0x8086, device: 0x09a2, classCode: 0x060000 },
    { bdf: '00:01.0', type: 4, secondary: 1, vendor: 0x8086, device: 0x347a, classCode: 0x060400 },
    { bdf: '01:00.0', type: 5, secondary: 2, vendor: 0x1000, device: 0xc010, classCode: 0x060400 },
  ];
  for (let at = 0; at < count; at++) {
    const slot = at.toString(16).padStart(2, '0');
    const secondary = at + 3;
    const below = secondary.toString(16).padStart(2, '0');
    if (at > 31) throw new Error('a bus has 32 slots');
    functions.push({ bdf: `02:${slot}.0`, type: 6, secondary, acs: [0x1f, 0x1d], classCode: 0x060400, ...SWITCH });
    functions.push({ bdf: `${below}:00.0`, type: 0, classCode: 0x030200 });
  }
  const plain = smallTopology([...functions, ...extra]).capture;
  const capture: MachineCapture = {
    ...plain,
    kernel: { ...plain.kernel, release: known('7.3.4'), cmdline: known(cmdline) },
  };
  return buildTopology(capture);
}

const ports = (topology: PciTopology) =>
  topology.functions.filter(({ pcie }) => pcie.state === 'known' && pcie.value.type === 6);

describe('cmdlineFit', () => {
  it.each([
    ['x86', { vendor: 0x8086, device: 0x09a2 }, 2047],
    ['arm64', { vendor: 0x1def, device: 0xe100 }, 2047],
    ['riscv', { vendor: 0xf15e, device: 0 }, 1023],
    [undefined, { vendor: 0x1b36, device: 8 }, 2047],
  ])('kernels of %s take so much', (architecture, ids, limit) => {
    const topology = smallTopology([{ bdf: '00:00.0', classCode: 0x060000, ...ids }]);
    expect(cmdlineFit(topology, 'x'.repeat(limit))).toEqual({ length: limit, limit, architecture, fits: true });
    expect(cmdlineFit(topology, 'x'.repeat(limit + 1)).fits).toBe(false);
  });

  it('counts what stands there for init', () => {
    expect(cmdlineFit(machineOf(1, 'quiet -- single'), 'quiet').length).toBe('quiet -- single'.length);
  });
});

describe('portNamings', () => {
  it('names ports by ids where no other function has them', () => {
    const topology = machineOf(4, '');
    const [byPath, byIds, ...more] = portNamings(topology, ports(topology));
    expect(byPath?.elements.map(({ spec }) => spec)).toContain('0000:00:01.0/00.0/02.0');
    expect(byIds?.elements.map(({ spec, ports: hit }) => [spec, hit.length])).toEqual([['pci:1000:c030', 4]]);
    expect(byIds?.besides).toEqual([]);
    expect(more).toEqual([]);
  });

  it('says what ids hit besides', () => {
    const topology = machineOf(4, '', [{ bdf: '40:00.0', type: 6, acs: [0x1f, 0x1d], classCode: 0x060400, ...SWITCH }]);
    const four = ports(topology).filter(({ bdf }) => formatBdf(bdf) !== '0000:40:00.0');
    const all = portNamings(topology, four);
    expect(all.map(({ elements }) => elements.length)).toEqual([4, 1]);
    expect(all[1]?.besides.map(({ bdf }) => formatBdf(bdf))).toEqual(['0000:40:00.0']);
  });

  it('counts no function without ACS', () => {
    const topology = machineOf(4, '', [{ bdf: '40:00.0', type: 6, classCode: 0x060400, ...SWITCH }]);
    const [, byIds] = portNamings(topology, ports(topology).slice(0, 4));
    expect(byIds?.besides).toEqual([]);
  });
});

describe('a change of the command line', () => {
  const filler = (length: number): string => `iommu=pt intel_iommu=on console=${'x'.repeat(length)}`;
  const clears = (topology: PciTopology) => ports(topology).map((port) => ({ port, mask: ACS_REDIRECT_BITS, bits: 0 }));

  it('names ports by path where that fits, and keeps what the machine has', () => {
    const topology = machineOf(8, filler(10));
    const { words, fit, shorter } = bootChange(p2pdmaMachine(topology), clears(topology), undefined);
    expect(words.text).toContain('/02.0');
    expect(words.cmdline).toContain('iommu=pt');
    expect([fit.fits, fit.length, shorter]).toEqual([true, words.cmdline.length, undefined]);
  });

  it('names them by ids where only that fits', () => {
    const topology = machineOf(16, filler(1800));
    const { words, fit } = bootChange(p2pdmaMachine(topology), clears(topology), undefined);
    expect(words.text).toBe('pci=disable_acs_redir=pci:1000:c030');
    expect(words.cmdline).toContain('iommu=pt');
    expect(fit.fits).toBe(true);
  });

  it('offers ids that hit more, and says so', () => {
    const topology = machineOf(16, filler(1800), [
      { bdf: '40:00.0', type: 6, acs: [0x1f, 0x1d], classCode: 0x060400, ...SWITCH },
    ]);
    const edits = clears(topology).filter(({ port }) => formatBdf(port.bdf) !== '0000:40:00.0');
    const { words, fit, shorter } = bootChange(p2pdmaMachine(topology), edits, undefined);
    expect([fit.fits, words.text.includes('/02.0')]).toEqual([false, true]);
    expect(shorter?.words.text).toBe('pci=disable_acs_redir=pci:1000:c030');
    expect(shorter?.besides.map(({ bdf }) => formatBdf(bdf))).toEqual(['0000:40:00.0']);
    expect(shorter?.fit.fits).toBe(true);
  });

  it('gives ports of two changes each their own', () => {
    const topology = machineOf(6, filler(1930));
    const edits = clears(topology).map((edit, at) => (at < 3 ? edit : { ...edit, bits: 0x04 }));
    const { fit, shorter } = bootChange(p2pdmaMachine(topology), edits, undefined);
    expect(fit.fits).toBe(false);
    expect(shorter?.besides.length).toBeGreaterThan(0);
  });

  it.each([
    [10, false],
    [1800, true],
  ])('a plan on a line of %i characters names ports by ids: %s', (length, byIds) => {
    const topology = machineOf(16, filler(length));
    const situation = presentSituation(p2pdmaMachine(topology));
    const gpus = topology.functions.filter(
      ({ ids }) => ids.baseAndSubClass.state === 'known' && ids.baseAndSubClass.value === 0x0302,
    );
    const wants = gpus.flatMap((provider) =>
      gpus.filter((fn) => fn !== provider).map((client) => ({ provider, client })),
    );
    const plan = makePlan(situation, { wants, goal: 'direct', keepIsolated: [] });
    const parameter = plan.steps?.parameter;
    expect(parameter).toMatchObject({ byIds, besides: [], shorter: undefined, fit: { fits: true } });
    expect(parameter?.line).toContain('iommu=pt');
  });
});

it('what the boot loader adds by itself is no part of its configuration', () => {
  expect(loaderLine('BOOT_IMAGE=/vmlinuz initrd=\\x root=UUID=1 ro "a b" quiet')).toBe('root=UUID=1 ro "a b" quiet');
});
