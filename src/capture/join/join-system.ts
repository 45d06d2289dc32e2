/** What parts tell of the machine around its functions. */
import type { CapturePart, MachineCapture } from '../capture-part.ts';
import { type Fact, factValue, known, NOT_IN_INPUT } from '../fact.ts';
import type {
  CapturedCpu,
  CapturedFunction,
  CapturedIommu,
  CapturedIommuGroup,
  CapturedKernel,
  CapturedRootBus,
} from '../machine-capture.ts';
import { factRank } from './strength.ts';

/** The facts of the system, from the parts in the order in which they count, for functions that are joined already. */
export function joinSystem(
  parts: readonly CapturePart[],
  functions: readonly CapturedFunction[],
): Pick<MachineCapture, 'rootBuses' | 'kernel' | 'cpu' | 'iomem' | 'iommuGroups' | 'iommus' | 'ivhdEfr'> {
  return {
    rootBuses: joinRootBuses(parts),
    kernel: joinKernel(parts),
    cpu: joinCpu(parts),
    iomem: best(parts.map(({ iomem }) => iomem)),
    iommuGroups: joinGroups(parts, functions),
    iommus: joinIommus(parts),
    ivhdEfr: best(parts.map(({ ivhdEfr }) => ivhdEfr)),
  };
}

/** The best fact, of equal ones the first. */
function best<T>(facts: readonly (Fact<T> | undefined)[]): Fact<T> {
  let found: Fact<T> | undefined;
  for (const fact of facts) {
    if (fact !== undefined && (found === undefined || factRank(fact) < factRank(found))) found = fact;
  }
  return found ?? NOT_IN_INPUT;
}

function joinKernel(parts: readonly CapturePart[]): CapturedKernel {
  const kernels = parts.flatMap(({ kernel }) => kernel ?? []);
  const configs = kernels.flatMap(({ config }) => config ?? []);
  const lines = configs.flatMap((config) => factValue(config) ?? []);
  return {
    release: best(kernels.map(({ release }) => release)),
    cmdline: best(kernels.map(({ cmdline }) => cmdline)),
    // Lines of several texts add up; the first to set an option counts.
    config: lines.length > 1 ? known(new Map(lines.toReversed().flatMap((map) => [...map]))) : best(configs),
    modules: best(kernels.map(({ modules }) => modules)),
  };
}

function joinCpu(parts: readonly CapturePart[]): Fact<CapturedCpu> {
  const cpus = parts.flatMap(({ cpu }) => cpu ?? []);
  const told = cpus.flatMap((cpu) => factValue(cpu) ?? []);
  if (told.length < 2) return best(cpus);
  return known({
    vendorId: best(told.map(({ vendorId }) => vendorId)),
    family: best(told.map(({ family }) => family)),
    modelName: best(told.map(({ modelName }) => modelName)),
  });
}

/** A tree knows all of them; texts name some each. */
function joinRootBuses(parts: readonly CapturePart[]): Fact<readonly CapturedRootBus[]> {
  const facts = parts.flatMap(({ rootBuses }) => rootBuses ?? []);
  const lists = facts.flatMap((fact) => (fact.state === 'known' ? [fact.value] : []));
  if (lists.length < 2) return best(facts);
  const buses = new Map<string, CapturedRootBus>();
  for (const bus of lists.flat()) {
    const name = `${bus.domain}:${bus.bus}`;
    const before = buses.get(name);
    buses.set(name, before === undefined ? bus : joinRootBus(before, bus));
  }
  return known([...buses.values()].sort((a, b) => a.domain - b.domain || a.bus - b.bus));
}

function joinRootBus(first: CapturedRootBus, second: CapturedRootBus): CapturedRootBus {
  return {
    ...first,
    firmwareInstance: best([first.firmwareInstance, second.firmwareInstance]),
    platformNode: best([first.platformNode, second.platformNode]),
    ...(second.apertures === undefined || first.apertures !== undefined ? {} : { apertures: second.apertures }),
  };
}

/**
 * The groups of the first part that lists them, else those that the functions tell; types and reserved regions from
 * whichever part has them.
 */
function joinGroups(
  parts: readonly CapturePart[],
  functions: readonly CapturedFunction[],
): Fact<readonly CapturedIommuGroup[]> {
  const facts = parts.flatMap(({ iommuGroups }) => iommuGroups ?? []);
  const lists = facts.flatMap((fact) => (fact.state === 'known' ? [fact.value] : []));
  const members = new Map<number, CapturedFunction[]>();
  for (const fn of functions) {
    if (fn.iommuGroup.state !== 'known') continue;
    const { value } = fn.iommuGroup;
    const group = members.get(value);
    if (group === undefined) members.set(value, [fn]);
    else group.push(fn);
  }
  const [first] = lists;
  if (members.size === 0 || (lists.length === 1 && first !== undefined && first.length >= members.size))
    return best(facts);
  const listed = (id: number): CapturedIommuGroup[] => lists.flatMap((list) => list.filter((group) => group.id === id));
  const ids = new Set([...members.keys(), ...lists.flat().map(({ id }) => id)]);
  return known(
    [...ids]
      .sort((a, b) => a - b)
      .map((id) => {
        const told = listed(id);
        const devices = (members.get(id) ?? []).map(({ bdf }) => bdf);
        return {
          id,
          type: best(told.map(({ type }) => type)),
          reservedRegions: best(told.map(({ reservedRegions }) => reservedRegions)),
          devices: devices.length > 0 ? devices : (told[0]?.devices ?? []),
        };
      }),
  );
}

function joinIommus(parts: readonly CapturePart[]): Fact<readonly CapturedIommu[]> {
  const facts = parts.flatMap(({ iommus }) => iommus ?? []);
  const lists = facts.flatMap((fact) => (fact.state === 'known' ? [fact.value] : []));
  if (lists.length < 2) return best(facts);
  const byName = new Map<string, CapturedIommu>();
  for (const iommu of lists.toReversed().flat()) byName.set(iommu.name, iommu);
  return known([...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)));
}
