/** For every GPU its network adapters and drives in order of preference, and which adapter to take when all run at once. */
import { gather } from '../../base/index.ts';
import type { P2pdmaMachine } from '../../p2pdma/index.ts';
import { deviceKind, kindLabel, type PciFunction, upstreamBridge } from '../../pci/index.ts';
import { type LinkUse, linksAlong } from '../../route/index.ts';
import { focusOf } from '../focus.ts';
import { type Assignment, assign } from './assign.ts';
import { byPreference, type Neighbour, neighbour } from './neighbour.ts';

/** A GPU, or an accelerator that stands in for one, and who can get at its memory. */
export interface GpuNeighbours {
  readonly gpu: PciFunction;
  /** In order of preference. */
  readonly nics: readonly Neighbour[];
  readonly drives: readonly Neighbour[];
}

/** A link towards the root complex that several devices have to share. */
export interface SharedUplink {
  readonly link: LinkUse;
  /** GPUs (or accelerators), adapters and drives below it, at least two. */
  readonly devices: readonly PciFunction[];
}

/** What stands near what. */
export interface Near {
  readonly gpus: readonly GpuNeighbours[];
  readonly nics: readonly PciFunction[];
  readonly drives: readonly PciFunction[];
  /** Undefined without GPUs or without adapters. */
  readonly assignment: Assignment | undefined;
  readonly uplinks: readonly SharedUplink[];
}

/**
 * Looks at all GPUs of a machine; without GPUs, accelerators stand in for them. `asked`: an accelerator that is asked
 * about beside GPUs, which is looked at alone. `report`: how far it is, from 0 to 1.
 */
export function nearestDevices(
  machine: P2pdmaMachine,
  asked?: PciFunction,
  report: (share: number) => void = () => {},
): Near {
  const { devices } = focusOf(machine.topology.functions);
  const of = (kind: string): PciFunction[] =>
    devices.filter((fn) => kindLabel(deviceKind(fn)) === kind && fn.physfn === undefined);
  const [nics, drives] = [of('nic'), of('nvme')];
  const [computing, accelerators] = [of('gpu'), of('accelerator')];
  const alone = computing.length > 0 && asked !== undefined && accelerators.includes(asked) ? [asked] : undefined;
  const providers = alone ?? (computing.length > 0 ? computing : accelerators);
  const gpus = providers.map((gpu, at): GpuNeighbours => {
    report(at / (providers.length + 1));
    const sorted = (others: readonly PciFunction[]): Neighbour[] =>
      others.map((fn) => neighbour(machine, gpu, fn)).sort(byPreference);
    return { gpu, nics: sorted(nics), drives: sorted(drives) };
  });
  return {
    gpus,
    nics,
    drives,
    assignment: gpus.length === 0 || nics.length === 0 ? undefined : assign(gpus.map((each) => each.nics)),
    uplinks: sharedUplinks([...gpus.map(({ gpu }) => gpu), ...nics, ...drives]),
  };
}

/** The GPUs in order of preference of another device. */
export function gpusNear(near: Near, device: PciFunction): readonly Neighbour[] {
  const all = near.gpus.flatMap(({ nics, drives }) => [...nics, ...drives]);
  return all.filter((each) => each.device === device).sort((a, b) => byPreference(a, b) || a.gpu.index - b.gpu.index);
}

/** The link below each root port that leads to more than one device. */
function sharedUplinks(devices: readonly PciFunction[]): SharedUplink[] {
  const byPort = new Map<PciFunction, PciFunction[]>();
  for (const fn of devices) {
    const way = upwards(fn);
    const top = way.at(-1);
    // A function of one device with two of them shares its own link: that is no uplink of others.
    if (top !== undefined && way.length > 2) gather(byPort, top, fn);
  }
  return [...byPort].flatMap(([port, below]): SharedUplink[] => {
    const [first] = below;
    if (first === undefined || below.length < 2) return [];
    const way = upwards(first);
    const link = linksAlong(way, first).find((each) => each.port === port);
    return link === undefined ? [] : [{ link, devices: below }];
  });
}

function upwards(fn: PciFunction): PciFunction[] {
  const way = [fn];
  for (let at = upstreamBridge(fn); at !== undefined; at = upstreamBridge(at)) way.push(at);
  return way;
}
