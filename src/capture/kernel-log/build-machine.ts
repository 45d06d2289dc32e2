/** The facts of the machine around its functions, as a boot log tells them. */
import { rawText } from '../../base/index.ts';
import { type Bdf, bdfBus, bdfDomain } from '../../uapi/index.ts';
import type { ArchitectureHint, CapturePart, PartFunction } from '../capture-part.ts';
import { ABSENT, type Fact, known, mapFact, NOT_IN_INPUT, unreadable } from '../fact.ts';
import type { CapturedCpu, CapturedIommu, CapturedIommuGroup, CapturedRootBus } from '../machine-capture.ts';
import type { BootLog } from './boot-log.ts';
import type { MachineDraft, RootBusDraft } from './machine-draft.ts';
import { provesNoIommuTable } from './machine-lines.ts';

/** Everything but functions and groups. */
export function buildMachine(
  boot: BootLog,
): Pick<CapturePart, 'kernel' | 'cpu' | 'rootBuses' | 'iommus' | 'ivhdEfr' | 'architecture'> {
  const { machine } = boot;
  const roots = rootBuses(boot);
  const hints = architectureHints(machine);
  return {
    kernel: {
      ...(machine.release === undefined ? {} : { release: known(machine.release) }),
      ...(machine.cmdline === undefined ? {} : { cmdline: known(machine.cmdline) }),
    },
    ...(machine.cpu === undefined ? {} : { cpu: known(cpuOf(machine.cpu)) }),
    ...(roots === undefined ? {} : { rootBuses: known(roots) }),
    ...(machine.iommus.size === 0 ? {} : { iommus: known(iommusOf(machine)) }),
    ...(machine.ivhdEfr === undefined ? {} : { ivhdEfr: known(machine.ivhdEfr) }),
    ...(hints.length === 0 ? {} : { architecture: hints }),
  };
}

const VENDORS: readonly (readonly [words: RegExp, id: string])[] = [
  [/\bAMD\b|\bEPYC\b|\bRyzen\b/, 'AuthenticAMD'],
  [/\bIntel\b|\bXeon\b/, 'GenuineIntel'],
  [/\bHygon\b/, 'HygonGenuine'],
  [/\bZHAOXIN\b/i, 'CentaurHauls'],
];

function cpuOf({ modelName, family }: NonNullable<MachineDraft['cpu']>): CapturedCpu {
  const vendor = VENDORS.find(([words]) => words.test(modelName))?.[1];
  return {
    vendorId: vendor === undefined ? NOT_IN_INPUT : known(vendor, { inferredFrom: 'the name of the processor' }),
    family: known(family),
    modelName: known(modelName),
  };
}

/** Only a log that begins at the start names all root buses, and says of each whether ACPI or a device tree has it. */
function rootBuses({ machine, startsAtStart }: BootLog): readonly CapturedRootBus[] | undefined {
  if (!startsAtStart || machine.rootBuses.size === 0) return undefined;
  const roots = [...machine.rootBuses.values()];
  if (!roots.every(({ acpi, platformNode }) => acpi || platformNode !== undefined)) return undefined;
  return roots
    .sort((a, b) => a.domain - b.domain || a.bus - b.bus)
    .map((root) => ({
      domain: root.domain,
      bus: root.bus,
      firmwareInstance: root.firmwareInstance === undefined ? NOT_IN_INPUT : known(root.firmwareInstance),
      platformNode: root.platformNode === undefined ? ABSENT : known(root.platformNode),
      ...(root.apertures.length === 0
        ? {}
        : { apertures: root.apertures.map(({ start, end, offset }) => ({ range: { start, end }, offset })) }),
    }));
}

/** The root bus in whose range the function lies. */
export function rootBusOf(machine: MachineDraft, bdf: Bdf): RootBusDraft | undefined {
  const [domain, bus] = [bdfDomain(bdf), bdfBus(bdf)];
  const around = [...machine.rootBuses.values()].filter(
    (root) => root.domain === domain && bus >= root.bus && bus <= (root.lastBus ?? -1),
  );
  // Ranges that firmware made overlap: the one that begins last is the nearest.
  return around.sort((a, b) => b.bus - a.bus)[0];
}

function iommusOf({ iommus, amdFeatures }: MachineDraft): readonly CapturedIommu[] {
  return [...iommus.values()].map(({ name, kind, cap, ecap }) => ({
    name,
    kind,
    cap: cap === undefined ? NOT_IN_INPUT : known(cap),
    ecap: ecap === undefined ? NOT_IN_INPUT : known(ecap),
    features: kind === 'amd' && amdFeatures !== undefined ? known(amdFeatures) : NOT_IN_INPUT,
  }));
}

function architectureHints({ iommus, tables }: MachineDraft): ArchitectureHint[] {
  const kinds = new Set([...iommus.values()].map(({ kind }) => kind));
  if (kinds.has('intel') || [...tables].some((table) => table.startsWith('DMAR')))
    return [{ architecture: 'x86', words: 'the DMAR lines of the kernel log' }];
  if (kinds.has('amd') || [...tables].some((table) => table.startsWith('IVRS')))
    return [{ architecture: 'x86', words: 'the AMD-Vi lines of the kernel log' }];
  return kinds.has('smmuv3') ? [{ architecture: 'arm', words: 'the SMMU lines of the kernel log' }] : [];
}

/**
 * The groups; known and empty where the log proves that there are none: firmware announces no IOMMU, or it is off.
 * Undefined where the log does not tell.
 */
export function groupsOf(
  boot: BootLog,
  functions: readonly PartFunction[],
): Fact<readonly CapturedIommuGroup[]> | undefined {
  const groups = new Map<number, Bdf[]>();
  for (const { bdf, iommuGroup } of functions) {
    if (iommuGroup?.state !== 'known') continue;
    const members = groups.get(iommuGroup.value);
    if (members === undefined) groups.set(iommuGroup.value, [bdf]);
    else members.push(bdf);
  }
  if (groups.size === 0) {
    const none = boot.machine.iommuOff || provesNoIommuTable(boot.machine);
    return none ? known([]) : undefined;
  }
  const type = mapFact(groupType(boot.machine), rawText);
  return known(
    [...groups]
      .sort(([a], [b]) => a - b)
      .map(([id, devices]) => ({
        id,
        type,
        reservedRegions: NOT_IN_INPUT,
        devices: devices.sort((a, b) => a - b),
      })),
  );
}

/** The type that groups have by default; the log says nothing of a group by itself. Before 5.15 lazy had no name of its own. */
function groupType({ defaultDomain, strict }: MachineDraft): Fact<string> {
  const inferredFrom = 'the default domain type in the kernel log';
  if (defaultDomain === 'Passthrough') return known('identity', { inferredFrom });
  if (defaultDomain !== 'Translated') return NOT_IN_INPUT;
  if (strict === undefined) return unreadable('the kernel log does not say whether invalidation is strict or lazy');
  return known(strict ? 'DMA' : 'DMA-FQ', { inferredFrom });
}
