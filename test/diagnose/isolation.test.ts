/** Who loses isolation: IOMMU groups and exposure, held against recordings and against the routes of packets. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze.ts';
import { assert, defined } from '../../src/base/index.ts';
import { factValue, known } from '../../src/capture/index.ts';
import {
  brokenGroups,
  clearRedirect,
  exposures,
  groupGaps,
  imagine,
  isEndpoint,
  isolationChange,
  isolationCost,
  lostPairs,
} from '../../src/diagnose/index.ts';
import { readMachineDescription } from '../../src/lab/index.ts';
import { type PciFunction, upstreamBridge } from '../../src/pci/index.ts';
import { deviceNames, groupsSheet, PLAIN, sheetText } from '../../src/report/index.ts';
import { Router } from '../../src/route/index.ts';
import { formatBdf, PCI_ACS_EC, parseBdf } from '../../src/uapi/index.ts';
import { randomServer } from './random-server.ts';
import { readRecordedMachine, readTestMachine } from './recordings.ts';

const bdfs = (functions: readonly PciFunction[]): string[] => functions.map((fn) => formatBdf(fn.bdf));

function functionAt(functions: readonly PciFunction[], bdf: string): PciFunction {
  const found = functions.find((fn) => fn.bdf === parseBdf(bdf));
  if (found === undefined) throw new Error(bdf);
  return found;
}

describe('groups that stay from before a device was removed and found again', () => {
  /** A bridge to conventional PCI: Linux puts all below it into one group at boot. `apart`: the last device has its own. */
  function groupsOf(apart: boolean): { text: string; broken: string[][][] } {
    const read = readMachineDescription(
      `peerpath-machine: 1
kernel: 7.3.4
cpu: {vendor: GenuineIntel, family: 6, model: Intel Xeon}
iommu: intel
host-bridges:
  - devices:
      - {kind: root-port, below: {kind: pcie-to-pci-bridge, below: [{kind: pci-device, class: '020000'}, {kind: pci-device, class: '020000'}]}}
`,
      'x.yaml',
    );
    assert(read.ok, read.ok ? '' : read.error.text);
    const capture = read.value;
    const groups = defined(factValue(capture.iommuGroups), 'groups');
    const last = defined(capture.functions.at(-1), 'the last device').bdf;
    const own = { ...defined(groups[0], 'a group'), id: 99, devices: [last] };
    const kept = groups.map((group) => ({ ...group, devices: group.devices.filter((bdf) => bdf !== last) }));
    const changed = {
      ...capture,
      iommuGroups: known([...kept, own]),
      functions: capture.functions.map((fn) => (fn.bdf === last ? { ...fn, iommuGroup: known(99) } : fn)),
    };
    const analysis = analyze(apart ? changed : capture);
    const names = deviceNames(analysis.topology, undefined);
    const text = sheetText(groupsSheet({ analysis, names, whatIf: undefined }), PLAIN);
    return { text, broken: brokenGroups(analysis.situation).map((parts) => parts.map(bdfs)) };
  }

  it('are named with a warning: nothing keeps the devices apart', () => {
    const { text, broken } = groupsOf(true);
    expect(broken).toEqual([[['0000:02:00.0'], ['0000:02:01.0']]]);
    expect(text).toMatch(/nothing keeps nic0, nic1 apart, and yet they are in 2 groups\./);
    expect(text).toMatch(/^Separate groups, and yet no isolation$/m);
    expect(text).not.toMatch(/every device can be given to a virtual machine by itself/);
  });

  it('are nothing to warn of where a boot would form the same', () => {
    const { text, broken } = groupsOf(false);
    expect(broken).toEqual([]);
    expect(text).not.toMatch(/no isolation/);
  });
});

describe('isolation', () => {
  it('goes where a parameter takes the redirect away, as recorded: groups join', async () => {
    const { analysis } = await readRecordedMachine('whatif-a-on');
    const { cmdline } = await readRecordedMachine('whatif-a-redirpath');
    const change = isolationChange(analysis.situation, imagine(analysis.machine, { cmdline }));
    if (change.state !== 'known') throw new Error(change.state);
    expect(change.diff.merged.map(({ parts }) => parts.map(bdfs))).toEqual([[['0000:06:01.0'], ['0000:08:00.0']]]);
    expect(change.certain).toBe(true);
  });

  it('goes past the IOMMU although the two ports of a switch keep groups of their own', async () => {
    const { situation, topology } = await readTestMachine('acsswitch-intel');
    const ports = ['0000:02:00.0', '0000:02:01.0'].map((bdf) => functionAt(topology.functions, bdf));
    const cost = isolationCost(situation, clearRedirect(ports));
    if (cost.state !== 'known') throw new Error(cost.state);
    expect(cost.lost).toEqual([]);
    expect(cost.exposed.map(({ from, to }) => [bdfs(from), bdfs(to)])).toEqual([
      [['0000:03:00.0'], ['0000:04:00.0', '0000:05:00.0']],
      [['0000:04:00.0'], ['0000:03:00.0', '0000:05:00.0']],
    ]);
    expect(lostPairs(cost)).toBe(3);
  });

  it('cannot go where no IOMMU runs', async () => {
    const { situation, topology } = await readTestMachine('acsswitch-none-setpci');
    expect(isolationCost(situation, clearRedirect(topology.functions)).state).toBe('no-iommu');
  });

  it('is not there where recorded groups keep devices apart and a port does not redirect', async () => {
    const { analysis } = await readRecordedMachine('whatif-a-config3');
    expect(groupGaps(analysis.situation).map(({ port }) => formatBdf(port.bdf))).toEqual(['0000:02:00.0']);
  });
});

describe('exposure', () => {
  it('is what the packets do: from below a port that does not redirect they stay below the host bridge, else not', () => {
    let exposed = 0;
    let hidden = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { situation, topology } = randomServer(seed, { functions: 40, iommu: 'intel' });
      const open = new Map(exposures(situation).map((each) => [each.port, each]));
      const router = new Router(topology, {});
      for (const a of topology.functions.filter(isEndpoint)) {
        for (const b of topology.functions.filter(isEndpoint)) {
          const bar = b.resources[0];
          const turn = turningPort(a, b);
          if (turn === undefined || bar === undefined || a.command.state !== 'known' || !a.command.value.busMaster)
            continue;
          // With egress control a vector decides, target by target; such ports count as redirecting.
          if (turn.acs.state === 'known' && (turn.acs.value.ctrl & PCI_ACS_EC) !== 0) continue;
          const { end, hops } = router.route({ requester: a, address: bar.bus.start, kind: 'write' });
          const passesRoot = hops.some(({ at }) => at.kind === 'host-bridge') || end.kind !== 'function';
          const isOpen = open.get(turn)?.to.includes(b) === true;
          const message = `seed ${seed}: ${formatBdf(a.bdf)} to ${formatBdf(b.bdf)} by ${formatBdf(turn.bdf)}`;
          expect(isOpen, `${message}\n${hops.map((h) => `${h.rule} ${h.register}`).join('\n')}`).toBe(!passesRoot);
          if (isOpen) exposed++;
          else hidden++;
        }
      }
    }
    expect(Math.min(exposed, hidden)).toBeGreaterThan(100);
  });
});

/** The port on `a`'s side just below the bridge where the paths meet; undefined where they meet in none. */
function turningPort(a: PciFunction, b: PciFunction): PciFunction | undefined {
  const above = new Set<PciFunction>();
  for (let at: PciFunction | undefined = b; at !== undefined; at = upstreamBridge(at)) above.add(at);
  let below: PciFunction | undefined;
  for (let at = upstreamBridge(a); at !== undefined; at = upstreamBridge(at)) {
    if (above.has(at)) return below;
    below = at;
  }
  return undefined;
}
