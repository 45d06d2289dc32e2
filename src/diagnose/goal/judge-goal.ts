/** Holds a machine against what a goal needs. */
import { unshown } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { calcMapTypeAndDist, kernelOption, type P2pdmaMachine, type Verdict } from '../../p2pdma/index.ts';
import { deviceKind, type PciFunction } from '../../pci/index.ts';
import { kernelAtLeast } from '../../uapi/index.ts';
import { slowLink } from '../doctor/slow-link.ts';
import { isEndpoint } from '../exposure.ts';
import { machineFaults } from '../hardware-faults/index.ts';
import { coarsest, groupGaps, isWithoutGroups } from '../isolation.ts';
import type { Situation } from '../what-if.ts';
import type { Goal, GoalCheck } from './goal.ts';

/** Unknown: the input lacks what decides. */
export type GoalState = 'holds' | 'fails' | 'unknown';

/** One line of the checklist. */
export interface GoalItem {
  readonly check: GoalCheck;
  readonly state: GoalState;
  /** Those for which it fails or is open; for `devices` those there are. */
  readonly devices: readonly PciFunction[];
  /** Of how many devices, or pairs. */
  readonly of: number;
  /** What the input says, where that is a word: an option's value, a group type. Untrusted. */
  readonly detail: string | undefined;
}

/** The whole checklist. */
export interface GoalJudgement {
  readonly goal: Goal;
  readonly items: readonly GoalItem[];
}

/** Devices that pairs are looked at for. */
const MOST_DEVICES = 128;

/** Looks at everything that the goal needs, in the order of its checks. */
export function judgeGoal(situation: Situation, goal: Goal): GoalJudgement {
  const functions = situation.machine.topology.functions.filter((fn) => isEndpoint(fn) && fn.physfn === undefined);
  const providers = functions.filter(goal.isProvider).slice(0, MOST_DEVICES);
  const clients = functions.filter(goal.isClient).slice(0, MOST_DEVICES);
  const both = [...new Set([...providers, ...clients])];
  const pairs = goal.checks.includes('pairs') ? verdicts(situation.machine, providers, clients) : [];
  const scene: Scene = { situation, goal, providers, both, clients, pairs };
  return { goal, items: goal.checks.map((check) => ({ check, ...CHECKS[check](scene) })) };
}

interface Scene {
  readonly situation: Situation;
  readonly goal: Goal;
  readonly providers: readonly PciFunction[];
  readonly clients: readonly PciFunction[];
  readonly both: readonly PciFunction[];
  readonly pairs: readonly Verdict[];
}

type Outcome = Omit<GoalItem, 'check'>;

function verdicts(
  machine: P2pdmaMachine,
  providers: readonly PciFunction[],
  clients: readonly PciFunction[],
): Verdict[] {
  return providers.flatMap((provider) =>
    clients.flatMap((client) => (provider === client ? [] : [calcMapTypeAndDist(machine, provider, client)])),
  );
}

function iommuInUse({ iommuInUse: supposed, topology }: P2pdmaMachine): boolean | 'unknown' {
  return supposed ?? factValue(topology.platform.iommuInUse) ?? 'unknown';
}

function outcome(state: GoalState, rest: Partial<Outcome> = {}): Outcome {
  return { state, devices: [], of: 0, detail: undefined, ...rest };
}

/** Fails where one does; else unknown where one is; the devices of that state. */
function overDevices(devices: readonly PciFunction[], judge: (fn: PciFunction) => GoalState, detail?: string): Outcome {
  const states = devices.map((fn) => ({ fn, state: judge(fn) }));
  const of = devices.length;
  for (const state of ['fails', 'unknown'] as const) {
    const found = states.filter((each) => each.state === state).map(({ fn }) => fn);
    if (found.length > 0) return outcome(state, { devices: found, of, detail });
  }
  return outcome('holds', { of, detail });
}

function option(name: 'CONFIG_PCI_P2PDMA' | 'CONFIG_DMABUF_MOVE_NOTIFY' | 'CONFIG_HSA_AMD_P2P') {
  return ({ situation }: Scene): Outcome => {
    const { value, source } = kernelOption(situation.machine, name);
    if (value.state !== 'known') return outcome('unknown');
    return outcome(value.value === 'y' ? 'holds' : 'fails', { detail: source });
  };
}

const CHECKS: Readonly<Record<GoalCheck, (scene: Scene) => Outcome>> = {
  devices: ({ providers, clients, both }) => {
    const enough = providers.length > 0 && clients.length > 0 && both.length > 1;
    return outcome(enough ? 'holds' : 'fails', { devices: both, of: both.length });
  },
  'kernel-release': ({ situation: { machine }, goal: { kernel } }) => {
    if (kernel === undefined) return outcome('holds');
    if (machine.kernelSource === 'assumed') return outcome('unknown');
    return outcome(kernelAtLeast(machine.kernel, kernel) ? 'holds' : 'fails', { detail: machine.kernelChoice.release });
  },
  CONFIG_PCI_P2PDMA: option('CONFIG_PCI_P2PDMA'),
  CONFIG_DMABUF_MOVE_NOTIFY: option('CONFIG_DMABUF_MOVE_NOTIFY'),
  CONFIG_HSA_AMD_P2P: option('CONFIG_HSA_AMD_P2P'),
  CONFIG_VFIO_PCI_DMABUF: ({ situation }) => {
    const value = factValue(situation.machine.topology.capture.kernel.config)?.get('CONFIG_VFIO_PCI_DMABUF');
    return value === undefined ? outcome('unknown') : outcome(value === 'n' ? 'fails' : 'holds');
  },
  'iommu-in-use': ({ situation }) => {
    const { groups } = situation;
    const inUse = groups === undefined ? iommuInUse(situation.machine) : !isWithoutGroups(groups);
    return outcome(inUse === 'unknown' ? 'unknown' : inUse ? 'holds' : 'fails');
  },
  'iommu-not-translating': ({ situation, both }) => {
    const { groups, machine } = situation;
    if ((groups !== undefined && isWithoutGroups(groups)) || iommuInUse(machine) === false) return outcome('holds');
    const types = new Map(
      factValue(machine.topology.capture.iommuGroups)?.map(({ id, type }) => [id, factValue(type)]),
    );
    const typeOf = (fn: PciFunction): string | undefined => unshown(types.get(factValue(fn.captured.iommuGroup) ?? -1));
    const detail = both.map(typeOf).find((type) => type?.startsWith('DMA') === true);
    return overDevices(
      both,
      (fn) => {
        const type = typeOf(fn);
        return type === undefined ? 'unknown' : type === 'identity' ? 'holds' : 'fails';
      },
      detail,
    );
  },
  groups: ({ situation, providers }) => {
    const { groups } = situation;
    if (groups === undefined) return outcome('unknown', { of: providers.length });
    const shared = new Map<PciFunction, boolean>();
    for (const { members } of coarsest(groups).groups) {
      const slots = new Set(
        members
          .map(({ fn }) => fn)
          .filter(isEndpoint)
          .map(({ bdf }) => Math.floor(bdf / 8)),
      );
      for (const { fn } of members) shared.set(fn, slots.size > 1);
    }
    // Groups may promise more than the ports keep.
    const reachable = new Set(groupGaps(situation).flatMap(({ from, to }) => [...from, ...to]));
    return overDevices(providers, (fn) => {
      const others = shared.get(fn);
      return others === undefined ? 'unknown' : others || reachable.has(fn) ? 'fails' : 'holds';
    });
  },
  acs: ({ pairs }) => {
    const below = pairs.filter(({ commonUpstream }) => commonUpstream !== undefined);
    const failing = below.filter(
      ({ reasons, mapType }) => mapType !== 'unknown' && reasons.some(({ code }) => code === 'acs-redirect'),
    );
    const open = below.filter(
      ({ mapType, missing }) => mapType === 'unknown' && missing.some(({ fact }) => fact === 'acs-control'),
    );
    const ports = (verdicts_: readonly Verdict[]): PciFunction[] => [
      ...new Set(
        verdicts_.flatMap(({ reasons }) =>
          reasons.flatMap((r) => (r.code === 'acs-redirect' ? r.ports.map(({ port }) => port) : [])),
        ),
      ),
    ];
    if (failing.length > 0) return outcome('fails', { devices: ports(failing), of: failing.length });
    if (open.length > 0)
      return outcome('unknown', {
        devices: [...new Set(open.flatMap(({ missing }) => missing.flatMap(({ device }) => device ?? [])))],
        of: open.length,
      });
    return outcome('holds', { of: below.length });
  },
  pairs: ({ pairs, providers }) =>
    overDevices(providers, (fn) => {
      const types = pairs.filter(({ provider }) => provider === fn).map(({ mapType }) => mapType);
      if (types.some((type) => type === 'PCI_P2PDMA_MAP_BUS_ADDR' || type === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'))
        return 'holds';
      return types.includes('unknown') ? 'unknown' : 'fails';
    }),
  'peer-memory': ({ providers }) => {
    const sizes = providers.map((fn) => ({ fn, size: fn.captured.p2pmemSize }));
    const with_ = sizes.filter(({ size }) => (factValue(size) ?? 0n) > 0n);
    if (with_.length > 0) return outcome('holds', { of: with_.length });
    const open = sizes.filter(({ size }) => size.state === 'unreadable').map(({ fn }) => fn);
    return open.length > 0
      ? outcome('unknown', { devices: open, of: providers.length })
      : outcome('fails', { devices: providers, of: providers.length });
  },
  bar: ({ providers }) =>
    overDevices(providers, (fn) => {
      const bars = factValue(fn.rebar);
      if (bars === undefined || bars.length === 0) return fn.rebar.state === 'unreadable' ? 'unknown' : 'holds';
      return bars.every(({ size, supported }) => size >= (supported.at(-1) ?? 0n)) ? 'holds' : 'fails';
    }),
  driver: ({ both }) =>
    overDevices(both, (fn) => {
      const { driver } = fn.captured;
      if (driver.state === 'unreadable') return 'unknown';
      return driver.state === 'absent' || unshown(driver.value) === 'vfio-pci' ? 'fails' : 'holds';
    }),
  links: ({ both }) =>
    overDevices(both, (fn) => {
      if (fn.link.state !== 'known' || fn.link.value.speed.state === 'unreadable')
        return fn.link.state === 'absent' ? 'holds' : 'unknown';
      const slow = slowLink(fn);
      const idle = slow !== undefined && deviceKind(fn) === 'gpu' && slow.now.width >= slow.could.width;
      return slow === undefined || idle ? 'holds' : 'fails';
    }),
  'known-faults': ({ situation, both, goal }) => {
    const asked = machineFaults(situation.machine, (a, b) => goal.isProvider(a) && goal.isClient(b));
    const found = asked.filter(({ fault }) => fault.harm !== 'isolation');
    const parts = [...new Set(found.flatMap((each) => each.parts))];
    return outcome(found.length > 0 ? 'fails' : 'holds', {
      devices: parts,
      of: both.length,
      detail: found.map(({ fault }) => fault.name).join(' ') || undefined,
    });
  },
};
