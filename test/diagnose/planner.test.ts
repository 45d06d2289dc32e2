/** Plans against brute force over all sets of ports, and against the model on larger machines. */
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze, answerPair } from '../../src/analyze.ts';
import { Prng } from '../../src/base/index.ts';
import { ConfigSpace } from '../../src/capture/index.ts';
import {
  allDirect,
  bootChange,
  clearRedirect,
  defaultWants,
  exposures,
  isEndpoint,
  isolationCost,
  lostPairs,
  makePlan,
  type Plan,
  type Want,
  wantPairs,
  withAcsEdits,
} from '../../src/diagnose/index.ts';
import { acsRedirectBits, calcMapTypeAndDist, cellMapType, mapTypeMatrix, matrixCell } from '../../src/p2pdma/index.ts';
import { ACS_REDIRECT_BITS, type PciFunction, upstreamBridge } from '../../src/pci/index.ts';
import { formatBdf, PCI_ACS_CTRL } from '../../src/uapi/index.ts';
import { hideAcs } from '../support/hide-acs.ts';
import { randomServer } from './random-server.ts';
import { readRecordedMachine, readTestMachine } from './recordings.ts';
import { afterSetpci, controlsOf } from './setpci.ts';

/** What a set of cleared ports gives: more is better, from left to right. */
type Score = readonly [pairs: number, lessLost: number, fewerPorts: number];

function score(analysis: Analysis, wants: readonly Want[], ports: readonly PciFunction[]): Score {
  const { machine } = withAcsEdits(analysis.situation, clearRedirect(ports));
  const pairs = wants.filter(({ provider, client }) => {
    return calcMapTypeAndDist(machine, provider, client).mapType === 'PCI_P2PDMA_MAP_BUS_ADDR';
  }).length;
  return [pairs, -lostPairs(isolationCost(analysis.situation, clearRedirect(ports))), -ports.length];
}

function keeps(analysis: Analysis, kept: PciFunction, ports: readonly PciFunction[]): boolean {
  const cost = isolationCost(analysis.situation, clearRedirect(ports));
  if (cost.state !== 'known') return cost.state === 'no-iommu' || ports.length === 0;
  const reached = cost.exposed.flatMap(({ from, to }) => [...from, ...to]);
  return ![...reached, ...cost.lost.flat(2)].includes(kept);
}

function isBetter(a: Score, b: Score): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

function subsets<T>(items: readonly T[]): T[][] {
  return Array.from({ length: 2 ** items.length }, (_, set) => items.filter((_, i) => (set >> i) % 2 === 1));
}

function endpointWants({ topology }: Analysis): readonly Want[] {
  const endpoints = topology.functions.filter(isEndpoint);
  return wantPairs(endpoints, endpoints, false);
}

/** The path of a function as `pci=disable_acs_redir=` takes it. */
function specOf(fn: PciFunction): string {
  const above = upstreamBridge(fn);
  const own = formatBdf(fn.bdf);
  return above === undefined ? own : `${specOf(above)}/${own.slice(-4)}`;
}

/** The machine with redirect cleared at some ports after boot, as setpci does. */
function clearedByHand({ capture, topology }: Analysis, where: (fn: PciFunction) => boolean): Analysis {
  const functions = topology.functions.map((fn) => {
    if (fn.acs.state !== 'known' || !where(fn)) return fn.captured;
    const { config } = fn.captured;
    const bytes = config.bytes.slice();
    const control = (fn.acs.value.offset ?? Number.NaN) + PCI_ACS_CTRL;
    bytes[control] = (bytes[control] ?? 0) & ~ACS_REDIRECT_BITS;
    return { ...fn.captured, config: new ConfigSpace(bytes, { whyUnknown: config.whyUnknown, size: config.size }) };
  });
  return analyze({ ...capture, functions });
}

const SMALL = Array.from({ length: 40 }, (_, i) => i + 1);

describe('a plan', () => {
  it('has the score of the best of all sets of ports', () => {
    let nontrivial = 0;
    for (const seed of SMALL) {
      const analysis = randomServer(seed, { functions: 16 });
      const wants = endpointWants(analysis).filter((_, i) => (i * 7 + seed) % 3 > 0);
      const redirecting = analysis.topology.functions.filter((fn) => {
        const bits = acsRedirectBits(analysis.machine, fn);
        return bits.state === 'known' && bits.value !== 0;
      });
      if (redirecting.length > 6) continue;
      const plan = makePlan(analysis.situation, { wants, goal: 'direct', keepIsolated: [] });
      const own = score(analysis, wants, plan.ports);
      for (const ports of subsets(redirecting)) {
        expect(
          isBetter(score(analysis, wants, ports), own),
          `seed ${seed}: ${ports.map((p) => formatBdf(p.bdf))}`,
        ).toBe(false);
      }
      if (plan.ports.length > 1) nontrivial++;
    }
    expect(nontrivial).toBeGreaterThan(5);
  });

  it('has the best score that leaves a device isolated which is to stay so', () => {
    let gave = 0;
    for (const seed of SMALL) {
      const analysis = randomServer(seed, { functions: 18, iommu: 'intel' });
      const wants = endpointWants(analysis);
      const redirecting = analysis.topology.functions.filter((fn) => {
        const bits = acsRedirectBits(analysis.machine, fn);
        return bits.state === 'known' && bits.value !== 0;
      });
      const kept = analysis.topology.functions.filter(isEndpoint)[seed % 3];
      if (redirecting.length > 6 || kept === undefined) continue;
      const plan = makePlan(analysis.situation, { wants, goal: 'direct', keepIsolated: [kept] });
      expect(keeps(analysis, kept, plan.ports), `seed ${seed}`).toBe(true);
      const own = score(analysis, wants, plan.ports);
      for (const ports of subsets(redirecting)) {
        if (!keeps(analysis, kept, ports)) continue;
        expect(
          isBetter(score(analysis, wants, ports), own),
          `seed ${seed}: ${ports.map((p) => formatBdf(p.bdf))}`,
        ).toBe(false);
      }
      if (plan.givenUp.length > 0) gave++;
    }
    expect(gave).toBeGreaterThan(3);
  });

  it.each([11, 12, 13])('keeps its word on a machine of 300 functions (seed %i)', (seed) => {
    const analysis = randomServer(seed, { functions: 300, iommu: 'amd' });
    const wants = endpointWants(analysis);
    const plan = makePlan(analysis.situation, { wants, goal: 'direct', keepIsolated: [] });
    expect(plan.gained.length).toBeGreaterThan(0);
    const { machine } = withAcsEdits(analysis.situation, clearRedirect(plan.ports));
    expect(allDirect(machine, [...plan.already, ...plan.gained])).toBe(true);
    expect(sum(plan)).toBe(wants.length);
    expect(plan.steps?.parameter?.verified).toBe('boot');
  });

  it('has commands that do it and others that take it back, every register as it was', () => {
    let ports = 0;
    for (const seed of SMALL) {
      const analysis = randomServer(seed, { functions: 40 });
      const { topology, machine, situation } = analysis;
      const wants = endpointWants(analysis);
      const { steps, gained } = makePlan(situation, { wants, goal: 'direct', keepIsolated: [] });
      if (steps === undefined) continue;
      const done = afterSetpci(topology, machine.acs, steps.setpci);
      expect(allDirect({ ...machine, acs: done }, gained), `seed ${seed}`).toBe(true);
      const undone = afterSetpci(topology, done, steps.undo);
      expect(controlsOf(undone), `seed ${seed}`).toEqual(controlsOf(machine.acs));
      ports += steps.setpci.length;
      const [want] = gained;
      const fix = want && answerPair(analysis, want.provider, want.client).fix;
      if (fix === undefined) continue;
      const fixed = afterSetpci(topology, machine.acs, fix.setpci);
      expect(
        allDirect(
          { ...machine, acs: fixed },
          [want].flatMap((each) => each ?? []),
        ),
      ).toBe(true);
      expect(controlsOf(afterSetpci(topology, fixed, fix.undo))).toEqual(controlsOf(machine.acs));
    }
    expect(ports).toBeGreaterThan(50);
  });

  it('has a parameter that names no port beside the ways of its pairs, up to the bridge where they meet', () => {
    let added = 0;
    for (const seed of SMALL) {
      const server = randomServer(seed, { functions: 30, iommu: 'amd' });
      const analysis = clearedByHand(server, (fn) => fn.index % 2 === seed % 2);
      const { machine, situation } = analysis;
      const plan = makePlan(situation, { wants: endpointWants(analysis), goal: 'direct', keepIsolated: [] });
      const { parameter } = plan.steps ?? {};
      if (parameter === undefined) continue;
      const [, list = ''] = /disable_acs_redir=([^, ]+)/.exec(parameter.text) ?? [];
      const ways = plan.gained.flatMap(({ provider, client }) => calcMapTypeAndDist(machine, provider, client).path);
      const between = new Set(ways.map(specOf));
      const named = list.split(';').filter((spec) => spec !== '');
      expect(
        named.filter((spec) => !between.has(spec)),
        `seed ${seed}`,
      ).toEqual([]);
      if (named.length > plan.ports.length) added++;
    }
    expect(added).toBeGreaterThan(0);
  });

  it('leaves pairs open that hidden registers may allow, and gives up those that nothing may', () => {
    const met = new Set<string>();
    for (const seed of SMALL) {
      const analysis = randomServer(seed, { functions: 20 });
      const { topology, machine, situation } = analysis;
      const random = new Prng(seed);
      const acs = hideAcs(machine.acs, new Set(topology.functions.filter(() => random.oneIn(4))));
      for (const cpu of [{ zen: false }, { zen: 'unknown', why: 'a test' }] as const) {
        const hidden = { ...situation, machine: { ...machine, acs, cpu } };
        const wants = endpointWants(analysis);
        for (const goal of ['direct', 'supported'] as const) {
          const plan = makePlan(hidden, { wants, goal, keepIsolated: [] });
          for (const { wants: same, verdict: best } of plan.open) {
            expect(best.mapType).toBe('unknown');
            for (const { provider, client } of same) {
              const { mapType, reasons } = calcMapTypeAndDist(hidden.machine, provider, client);
              // Answered, by redirects that can be cleared: what is hidden decides then.
              if (mapType !== 'unknown') expect(reasons.map(({ code }) => code)).toContain('acs-redirect');
              const may = best.candidates.includes('PCI_P2PDMA_MAP_BUS_ADDR');
              expect(may || goal === 'supported').toBe(true);
              met.add(`open ${goal} ${may}`);
            }
          }
          for (const { wants: same } of plan.impossible) {
            for (const { provider, client } of same) {
              const { mapType, candidates } = calcMapTypeAndDist(hidden.machine, provider, client);
              expect(candidates).not.toContain('PCI_P2PDMA_MAP_BUS_ADDR');
              if (goal === 'supported') expect(mapType).toBe('PCI_P2PDMA_MAP_NOT_SUPPORTED');
              met.add(`impossible ${goal} ${mapType === 'unknown'}`);
            }
          }
        }
      }
    }
    for (const each of ['open direct true', 'open supported true', 'open supported false', 'impossible direct true'])
      expect(met).toContain(each);
  });

  it('is never made for pairs that share no bridge', () => {
    for (const seed of SMALL.slice(0, 12)) {
      const { situation, machine, topology } = randomServer(seed, { functions: 40 });
      const apart = wantPairs(topology.functions, topology.functions, false).filter(({ provider, client }) => {
        const verdict = calcMapTypeAndDist(machine, provider, client);
        return verdict.commonUpstream === undefined;
      });
      const plan = makePlan(situation, { wants: apart, goal: 'direct', keepIsolated: [] });
      expect(plan.ports, `seed ${seed}`).toEqual([]);
      expect(countBlocked(plan.impossible)).toBe(apart.length);
    }
  });

  it('with --supported touches nothing that works through the host bridge', () => {
    const found = SMALL.map((seed) => randomServer(seed, { functions: 40 })).filter(({ machine, topology }) => {
      const matrix = mapTypeMatrix(machine);
      return wantPairs(topology.functions, topology.functions, false).some(
        ({ provider, client }) =>
          cellMapType(matrixCell(matrix, provider, client)) === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
      );
    });
    expect(found.length).toBeGreaterThan(5);
    for (const analysis of found) {
      const plan = makePlan(analysis.situation, {
        wants: endpointWants(analysis),
        goal: 'supported',
        keepIsolated: [],
      });
      const through = plan.gained.filter(({ provider, client }) => {
        const { mapType } = calcMapTypeAndDist(analysis.machine, provider, client);
        return mapType === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE';
      });
      expect(through).toEqual([]);
    }
  });
});

function sum({ already, gained, givenUp, impossible, open }: Plan): number {
  return already.length + gained.length + givenUp.length + countBlocked(impossible) + countBlocked(open);
}

function countBlocked(blocked: Plan['open']): number {
  return blocked.reduce((count, { wants }) => count + wants.length, 0);
}

describe('the kernel parameter', () => {
  it('takes up what the command line lists already, as the last option of a name counts alone', async () => {
    const { analysis } = await readRecordedMachine('whatif-a-redirpath');
    const wants = defaultWants(analysis.machine);
    const { steps } = makePlan(analysis.situation, { wants, goal: 'direct', keepIsolated: [] });
    expect(steps?.parameter?.replaces).toMatch(/^pci=disable_acs_redir=/);
    const [, , listed = ''] = steps?.parameter?.replaces?.split('=') ?? [];
    for (const spec of listed.split(';')) expect(steps?.parameter?.text).toContain(spec);
    expect(steps?.parameter?.verified).toBe('boot');
  });

  it.each(['whatif-a-redirpath', 'whatif-b-configredir'])(
    'is the same for one pair, in a what-if too: %s',
    async (name) => {
      const { analysis } = await readRecordedMachine(name);
      const wants = defaultWants(analysis.machine);
      const fixed = wants.filter(({ provider, client }) => answerPair(analysis, provider, client).fix !== undefined);
      expect(fixed.length).toBeGreaterThan(0);
      for (const want of fixed) {
        const { steps, ports } = makePlan(analysis.situation, { wants: [want], goal: 'direct', keepIsolated: [] });
        const { fix } = answerPair(analysis, want.provider, want.client);
        expect(fix?.parameter).toEqual(steps?.parameter);
        const { words } = bootChange(analysis.machine, clearRedirect(ports), undefined);
        expect([words.text, words.replaces]).toEqual([steps?.parameter?.text, steps?.parameter?.replaces ?? '']);
      }
    },
  );

  it('is config_acs where that is on the command line and counts more', async () => {
    const { analysis } = await readRecordedMachine('whatif-b-configredir');
    const wants = defaultWants(analysis.machine);
    const { steps } = makePlan(analysis.situation, { wants, goal: 'direct', keepIsolated: [] });
    expect(steps?.parameter).toMatchObject({ verified: 'boot' });
  });

  it('names ports by path, and the unit finds them by pattern', async () => {
    const { situation, machine } = await readTestMachine('acsswitch-none-setpci');
    const wants = defaultWants(machine);
    const { steps } = makePlan(situation, { wants, goal: 'direct', keepIsolated: [] });
    expect(steps?.parameter?.text).toBe('pci=disable_acs_redir=0000:00:04.0/00.0/00.0');
    expect(steps?.sysfsGlobs).toEqual(['/sys/bus/pci/devices/0000:00:04.0/*:00.0/*:00.0']);
    // The next boot may find an IOMMU and set redirect elsewhere: nothing in the input tells.
    expect(steps?.parameter?.verified).toBe('registers');
  });
});

describe('exposure grows with the ports cleared', () => {
  it('and so do groups: what is not allowed with fewer ports is not allowed with more', () => {
    for (const seed of SMALL.slice(0, 20)) {
      const { situation, topology } = randomServer(seed, { functions: 30, iommu: 'intel' });
      const ports = topology.functions.filter((fn) => fn.acs.state === 'known');
      const half = ports.filter((_, i) => (i + seed) % 2 === 0);
      const open = (some: readonly PciFunction[]) =>
        new Set(exposures(withAcsEdits(situation, clearRedirect(some))).map(({ port }) => port));
      const all = open(ports);
      for (const port of open(half)) expect(all.has(port), `seed ${seed}`).toBe(true);
      const lost = (some: readonly PciFunction[]) => lostPairs(isolationCost(situation, clearRedirect(some)));
      expect(lost(ports)).toBeGreaterThanOrEqual(lost(half));
    }
  });
});
