import { describe, expect, it } from 'vitest';
import { type Ailment, examine, imagine, layerOf } from '../../src/diagnose/index.ts';
import { kernelVersion } from '../../src/uapi/index.ts';
import { randomServer } from './random-server.ts';
import { readRecordedMachine, readTestMachine } from './recordings.ts';

const codes = (ailments: readonly Ailment[]): string[] => ailments.map(({ code }) => code);

describe('the doctor', () => {
  it('finds redirect with a plan that helps, and pairs that nothing helps', async () => {
    const { situation } = await readTestMachine('acsswitch-intel');
    const found = examine(situation);
    expect(codes(found)).toEqual(['redirect', 'no-way']);
    expect(found[0]).toMatchObject({ plan: { gained: { length: 6 }, ports: { length: 3 } } });
  });

  it('puts a kernel without P2PDMA before everything', async () => {
    const { machine } = await readTestMachine('acsswitch-intel');
    const old = imagine(machine, { kernel: kernelVersion(4, 19) });
    expect(codes(examine(old))[0]).toBe('p2pdma-off');
  });

  it('finds groups that promise more than the ports keep', async () => {
    const { analysis } = await readRecordedMachine('whatif-a-config3');
    expect(codes(examine(analysis.situation))).toContain('group-gap');
  });

  it('finds parameters that do nothing', async () => {
    const { machine } = await readTestMachine('acsswitch-intel');
    const { capture } = machine.topology;
    const kernel = { ...capture.kernel, cmdline: { state: 'known' as const, value: 'pci=noacs intel_iommu=on' } };
    const told = { ...machine, topology: { ...machine.topology, capture: { ...capture, kernel } } };
    expect(examine(imagine(told, {}))).toContainEqual({
      code: 'vain-parameter',
      note: { code: 'no-such-option', option: 'pci=noacs' },
    });
  });

  it('says whose decision each finding is, on machines of every shape', () => {
    for (let seed = 1; seed <= 25; seed++) {
      const { situation } = randomServer(seed, { functions: 40, missing: true });
      for (const ailment of examine(situation)) {
        expect(['linux', 'driver', 'hardware', 'input']).toContain(layerOf(ailment));
      }
    }
  });
});
