/** A situation whose topology holds the situation's registers: routes are proved on registers, never on a question. */
import { ConfigSpace, type Fact, type MachineCapture } from '../capture/index.ts';
import type { Grouping, GroupPrediction } from '../iommu/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from '../pci/index.ts';
import { PCI_ACS_CTRL } from '../uapi/index.ts';
import type { Situation } from './what-if.ts';

/** Nothing in a situation changes, and every pair is asked of it. */
const KEPT = new WeakMap<Situation, Situation>();

/** The situation itself where no register differs; else one on a topology built anew from changed config space. */
export function imaginedSituation(situation: Situation): Situation {
  const kept = KEPT.get(situation) ?? makeImagined(situation);
  KEPT.set(situation, kept);
  return kept;
}

function makeImagined(situation: Situation): Situation {
  const { machine, groups } = situation;
  const topology = imaginedTopology(situation);
  if (topology === machine.topology) return situation;
  const now = (fn: PciFunction): PciFunction => topology.byBdf.get(fn.bdf) ?? fn;
  const acsControls =
    machine.acsControls === undefined
      ? undefined
      : new Map([...machine.acsControls].map(([fn, control]): [PciFunction, Fact<number>] => [now(fn), control]));
  return {
    ...situation,
    machine: { ...machine, topology, acsControls },
    groups: groups === undefined ? undefined : movedGroups(groups, now),
  };
}

function movedGroups(groups: GroupPrediction, now: (fn: PciFunction) => PciFunction): GroupPrediction {
  if (groups.state === 'known') return { ...groups, groups: moved(groups.groups, now) };
  return { ...groups, finest: moved(groups.finest, now), coarsest: moved(groups.coarsest, now) };
}

function moved({ groups }: Grouping, now: (fn: PciFunction) => PciFunction): Grouping {
  const all = groups.map(({ number, members }) => ({
    number,
    members: members.map(({ fn, reason }) => ({ fn: now(fn), reason })),
  }));
  const groupOf = new Map(all.flatMap((group) => group.members.map(({ fn }) => [fn, group] as const)));
  return { groups: all, of: (fn) => groupOf.get(fn) };
}

/** The topology of a situation, with the registers it has: built anew where a what-if changes some. */
export function imaginedTopology(situation: Situation): PciTopology {
  const { topology } = situation.machine;
  const changed = new Map<number, ConfigSpace>();
  for (const fn of topology.functions) {
    const config = imaginedConfig(fn, situation);
    if (config !== undefined) changed.set(fn.bdf, config);
  }
  if (changed.size === 0) return topology;
  const functions = topology.capture.functions.map((fn) => ({ ...fn, config: changed.get(fn.bdf) ?? fn.config }));
  const capture: MachineCapture = { ...topology.capture, functions };
  return buildTopology(capture);
}

function imaginedConfig(fn: PciFunction, { acs }: Situation): ConfigSpace | undefined {
  if (fn.acs.state !== 'known') return undefined;
  const { offset, ctrl } = fn.acs.value;
  const control = acs.controlOf(fn);
  if (control === undefined || control.value === (ctrl & control.known)) return undefined;
  const value = (ctrl & ~control.known) | control.value;
  const { config } = fn.captured;
  const bytes = config.bytes.slice();
  bytes[offset + PCI_ACS_CTRL] = value & 0xff;
  bytes[offset + PCI_ACS_CTRL + 1] = value >> 8;
  const { mask, whyUnknown, size } = config;
  return new ConfigSpace(bytes, { ...(mask === undefined ? {} : { mask }), whyUnknown, size });
}
