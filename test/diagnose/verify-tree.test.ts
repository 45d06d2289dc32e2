/** Where the input says that functions stand, against what registers of bridges say. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { assert, defined } from '../../src/base/index.ts';
import { known, type MachineCapture, unreadable } from '../../src/capture/index.ts';
import { verifyMachine } from '../../src/diagnose/index.ts';
import { readMachineDescription } from '../../src/lab/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';

/** A switch with two devices, and an adapter with virtual functions. */
function described(): MachineCapture {
  const read = readMachineDescription(
    `peerpath-machine: 1
kernel: 7.3.4
host-bridges:
  - devices:
      - {kind: root-port, below: {kind: switch, below: [{kind: gpu}, {kind: nic}]}}
      - {kind: root-port, below: {kind: nic, sriov: {vfs: 4, enabled: 2, id: 101e, bars: {0: 1M 64 pref}}}}
`,
    'x.yaml',
  );
  assert(read.ok, read.ok ? '' : read.error.text);
  return read.value;
}

function parents(capture: MachineCapture) {
  const { facts } = verifyMachine(analyze(capture).machine);
  return facts
    .filter(({ kind }) => kind === 'parent')
    .map(({ functions, recorded, predicted }) => [
      functions.map(({ bdf }) => formatBdf(bdf)).join(),
      recorded,
      predicted,
    ]);
}

describe('the bridge above a function', () => {
  const capture = described();
  const physical = capture.functions.filter(({ physfn }) => physfn.state !== 'known');

  it('is compared for every function but virtual ones, and is as registers have it', () => {
    expect(parents(capture)).toHaveLength(physical.length);
    expect(physical.length).toBeLessThan(capture.functions.length);
    for (const [, recorded, predicted] of parents(capture)) expect(recorded).toBe(predicted);
    expect(parents(capture)).toContainEqual(['0000:00:00.0', 'root bus', 'root bus']);
    expect(parents(capture)).toContainEqual(['0000:03:00.0', '0000:02:00.0', '0000:02:00.0']);
  });

  it('is found to differ where directories and registers do', () => {
    const last = defined(
      physical.find(({ bdf }) => formatBdf(bdf) === '0000:04:00.0'),
      'the adapter',
    );
    const wrong = defined(
      physical.find(({ bdf }) => formatBdf(bdf) === '0000:02:00.0'),
      'a port',
    );
    const functions = capture.functions.map((fn) => (fn === last ? { ...fn, parent: known(wrong.bdf) } : fn));
    expect(parents({ ...capture, functions })).toContainEqual(['0000:04:00.0', '0000:02:00.0', '0000:02:01.0']);
  });

  it('is not compared where the input does not tell it', () => {
    const functions = capture.functions.map((fn) => ({ ...fn, parent: unreadable('not in this input') }));
    expect(parents({ ...capture, functions })).toEqual([]);
  });
});
