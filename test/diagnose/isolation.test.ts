/** Who loses isolation: IOMMU groups and exposure, held against recordings and against the routes of packets. */
import { describe, expect, it } from 'vitest';
import {
  clearRedirect,
  exposures,
  groupGaps,
  imagine,
  isEndpoint,
  isolationChange,
  isolationCost,
  lostPairs,
} from '../../src/diagnose/index.ts';
import { type PciFunction, upstreamBridge } from '../../src/pci/index.ts';
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
