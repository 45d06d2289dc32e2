import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideAcs } from '../../../test/support/hide-acs.ts';
import { functionAt, smallTopology } from '../../../test/support/small-machine.ts';
import { Prng } from '../../base/index.ts';
import { randomMachine } from '../../lab/index.ts';
import {
  type AcsView,
  buildTopology,
  capturedAcsView,
  editedAcsView,
  type PciTopology,
  pciAcsEnabled,
  REQ_ACS_FLAGS,
} from '../../pci/index.ts';
import { groupEvidence, groupsUnder } from './group-evidence.ts';
import { type Grouping, refines } from './grouping.ts';
import { predictGroups } from './predict-groups.ts';

const FACTS = { amdIommu: true, requested: true };

function settled(topology: PciTopology, view: AcsView): Grouping {
  const prediction = predictGroups(topology, view);
  if (prediction.state !== 'known') throw new Error('groups are not known');
  return prediction.groups;
}

/** Root port 00:01.0 with a switch of two ports below, each with an endpoint. */
const SWITCH = [
  { bdf: '0000:00:01.0', type: 4, secondary: 1, acs: [0x5f, 0x1d] },
  { bdf: '0000:01:00.0', type: 5, secondary: 2 },
  { bdf: '0000:02:00.0', type: 6, secondary: 3, acs: [0x5f, 0x1d] },
  { bdf: '0000:02:01.0', type: 6, secondary: 4, acs: [0x5f, 0] },
  { bdf: '0000:03:00.0', type: 0 },
  { bdf: '0000:04:00.0', type: 0 },
] as const;

describe('groupEvidence', () => {
  const topology = smallTopology(SWITCH);
  const truth = capturedAcsView(topology, FACTS);
  const ports = ['0000:02:00.0', '0000:02:01.0'].map((bdf) => functionAt(topology, bdf));
  const hidden = hideAcs(truth, new Set(ports));

  it('tells which of two unreadable ports isolates', () => {
    const evidence = groupEvidence(topology, hidden, settled(topology, truth));
    expect([...(evidence?.told ?? [])]).toEqual([
      [ports[0], true],
      [ports[1], false],
    ]);
  });

  it('is not believed where the registers say otherwise', () => {
    const [port] = ports;
    if (port === undefined) throw new Error('no port');
    const cleared = editedAcsView(truth, [{ port, mask: 0xffff, bits: 0 }]);
    expect(groupEvidence(topology, cleared, settled(topology, truth))).toBeUndefined();
    expect(groupEvidence(topology, truth, settled(topology, cleared))).toBeUndefined();
    expect(groupEvidence(topology, truth, settled(topology, truth))?.groups).toBeDefined();
  });

  it('never tells what is not so, on random machines', () => {
    let told = 0;
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, choice) => {
        const machine = buildTopology(randomMachine(new Prng(seed), { functions: 30 }));
        const seen = capturedAcsView(machine, FACTS);
        const prediction = predictGroups(machine, seen);
        if (prediction.state !== 'known') return;
        const picked = new Prng(choice);
        const open = hideAcs(seen, new Set(machine.functions.filter(() => picked.oneIn(3))));
        const evidence = groupEvidence(machine, open, prediction.groups);
        expect(evidence).toBeDefined();
        for (const [fn, isolates] of evidence?.told ?? []) {
          expect(pciAcsEnabled(fn, REQ_ACS_FLAGS, seen).enabled).toBe(isolates);
          told++;
        }
      }),
      { numRuns: 60, seed: 11 },
    );
    expect(told).toBeGreaterThan(20);
  });
});

describe('groupsUnder', () => {
  it('are those in force, with their numbers, where no answer about isolation changes', () => {
    const topology = smallTopology(SWITCH);
    const view = capturedAcsView(topology, FACTS);
    const own = settled(topology, view);
    const inForce: Grouping = {
      groups: own.groups.map((group) => ({ ...group, number: group.number + 20 })),
      of: own.of,
    };
    const evidence = groupEvidence(topology, view, inForce);
    expect(groupsUnder(topology, view, evidence)).toEqual({ state: 'known', groups: inForce, inferred: [] });
    const port = functionAt(topology, '0000:02:00.0');
    const otherBits = editedAcsView(view, [{ port, mask: 0x40, bits: 0x40 }]);
    expect(groupsUnder(topology, otherBits, evidence)).toMatchObject({ groups: inForce });
    const cleared = groupsUnder(topology, editedAcsView(view, [{ port, mask: 0x1d, bits: 0 }]), evidence);
    expect(cleared.state === 'known' && cleared.groups.groups.map(({ members }) => members.length)).toEqual([
      1, 1, 2, 2,
    ]);
  });

  it('lie, with registers hidden, between those in force and the truth after a change', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, choice) => {
        const topology = buildTopology(randomMachine(new Prng(seed), { functions: 30 }));
        const truth = capturedAcsView(topology, FACTS);
        const before = predictGroups(topology, truth);
        if (before.state !== 'known') return;
        const picked = new Prng(choice);
        const hidden = new Set(topology.functions.filter(() => picked.oneIn(3)));
        const view = hideAcs(truth, hidden);
        const evidence = groupEvidence(topology, view, before.groups);
        const edits = topology.functions
          .filter((fn) => !hidden.has(fn) && picked.oneIn(4))
          .map((port) => ({ port, mask: 0x1d, bits: 0 }));
        const after = groupsUnder(topology, editedAcsView(view, edits), evidence);
        const real = settled(topology, editedAcsView(truth, edits));
        const [fine, coarse] = after.state === 'known' ? [after.groups, after.groups] : [after.finest, after.coarsest];
        expect(refines(fine, real)).toBe(true);
        expect(refines(real, coarse)).toBe(true);
      }),
      { numRuns: 60, seed: 12 },
    );
  });
});
