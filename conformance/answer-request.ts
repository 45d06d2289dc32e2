/** The model's answer to one request, in the form of the recordings. */
import { defined } from '../src/base/index.ts';
import { factValue } from '../src/capture/index.ts';
import { dmaBitMask, dmaSetMaskAndCoherent } from '../src/dma/index.ts';
import { type DomainGeometry, pageSizeBitmap, probeOrder } from '../src/iommu/index.ts';
import { HOST_BRIDGE_WHITELIST, pcimP2pdmaProvider } from '../src/p2pdma/index.ts';
import type { PciFunction } from '../src/pci/index.ts';
import { ERRNO, formatBdf } from '../src/uapi/index.ts';
import { answerFree, answerMap } from './answer-map.ts';
import { Unknown } from './compare.ts';
import { barFields, groupAndDomain } from './function-fields.ts';
import { hexText } from './hex.ts';
import type { ModelledMachine } from './modelled-machine.ts';
import type { Answer } from './recording.ts';
import type { Request } from './request.ts';

/** All fields of the recorded line but `n`, `request` and `op`. */
export function answerRequest(machine: ModelledMachine, request: Request): Answer {
  switch (request.kind) {
    case 'dist':
      return answerDist(machine, request);
    case 'map':
      return answerMap(machine, request);
    case 'free':
      return answerFree(machine, request.slot);
    case 'mask':
      return answerMask(machine, request);
    case 'acs':
      return answerAcs(machine.function(request.dev));
    case 'groups':
      return { devices: probeOrder(machine.topology).functions.map((fn) => groupFields(machine, fn)) };
    case 'resv':
      return answerResv(machine, machine.function(request.dev));
    case 'provider':
      return answerProvider(machine, request);
    case 'wait':
      machine.elapse(request.ms);
      return { ms: request.ms };
    case 'sweep':
      return answerSweep(machine, request);
  }
}

type Of<Kind extends Request['kind']> = Extract<Request, { readonly kind: Kind }>;

function answerDist(machine: ModelledMachine, { provider, client, hostId, ids }: Of<'dist'>): Answer {
  const verdict = machine.verdict(machine.function(provider), machine.function(client), ids);
  const { candidates, hops = -1 } = verdict;
  const possible = candidates.map((type) => (type === 'PCI_P2PDMA_MAP_NOT_SUPPORTED' ? -1 : hops));
  const distance = verdict.distance ?? new Unknown(possible);
  return { provider: formatBdf(provider), client: formatBdf(client), host_id: hostId, distance };
}

function answerMask(machine: ModelledMachine, { dev, bits }: Of<'mask'>): Answer {
  const device = machine.device(machine.function(dev));
  const set = dmaSetMaskAndCoherent(device, dmaBitMask(bits));
  return { dev: formatBdf(dev), bits, errno: set.ok ? 0 : -ERRNO[set.errno], mask: hexText(device.dmaMask ?? 0n) };
}

function answerAcs(fn: PciFunction): Answer {
  const pcie = factValue(fn.pcie);
  const acs = factValue(fn.acs);
  return {
    dev: formatBdf(fn.bdf),
    pcie_type: pcie?.type ?? -1,
    acs_pos: hexText(acs?.offset ?? 0),
    acs_cap: hexText(acs?.cap ?? 0),
    acs_ctrl: hexText(acs?.ctrl ?? 0),
  };
}

function groupFields(machine: ModelledMachine, fn: PciFunction): Answer {
  const device = machine.device(fn);
  const { group, domain } = groupAndDomain(machine, fn);
  const fields = {
    dev: formatBdf(fn.bdf),
    group,
    domain,
    mask: hexText(device.dmaMask ?? 0n),
    bus_dma_limit: hexText(device.busDmaLimit),
    external_facing: 0,
    untrusted: device.untrusted ? 1 : 0,
    workaround32: group === -1 ? -1 : device.pci32bitWorkaround ? 1 : 0,
  };
  return group === -1 ? fields : { ...fields, ...geometryFields(device.domain?.geometry) };
}

function geometryFields(geometry: DomainGeometry | undefined): Answer {
  if (geometry === undefined) return { pgsize_bitmap: '0', aperture: ['0', '0'], force_aperture: 0 };
  const aperture = ['0', hexText(geometry.apertureEnd)];
  return { pgsize_bitmap: hexText(pageSizeBitmap(geometry)), aperture, force_aperture: 1 };
}

const REGION_TYPES = { direct: 0, 'direct-relaxable': 1, reserved: 2, msi: 3 } as const;
const SOFTWARE_MSI = 4;

function answerResv(machine: ModelledMachine, fn: PciFunction): Answer {
  const { group } = groupAndDomain(machine, fn);
  const { capture } = machine.topology;
  const captured = factValue(capture.iommuGroups)?.find(({ id }) => id === group);
  const regions = captured === undefined ? [] : (factValue(captured.reservedRegions) ?? []);
  const softwareMsi = factValue(capture.iommus)?.[0]?.kind === 'smmuv3';
  return {
    dev: formatBdf(fn.bdf),
    regions: regions.map(({ range, type }) => [
      hexText(range.start),
      hexText(range.end - range.start),
      softwareMsi && type === 'msi' ? SOFTWARE_MSI : REGION_TYPES[type],
    ]),
  };
}

function answerProvider(machine: ModelledMachine, { dev, bar }: Of<'provider'>): Answer {
  const fn = machine.function(dev);
  const provider = pcimP2pdmaProvider(fn, bar);
  return {
    dev: formatBdf(dev),
    bar,
    errno: 0,
    provider: provider !== undefined,
    ...barFields(fn, bar),
    bus_offset: hexText(provider?.busOffset ?? 0n),
  };
}

/** All 65536 ids of one kind; only those that an entry of the list names can differ from one that none names. */
function answerSweep(machine: ModelledMachine, request: Of<'sweep'>): Answer {
  const provider = machine.function(request.provider);
  const client = machine.function(request.client);
  const allows = (free: number): boolean => {
    const ids =
      request.fixed === 'vendor' ? { vendor: request.value, device: free } : { vendor: free, device: request.value };
    return defined(machine.verdict(provider, client, [ids, ids]).distance, 'distance') !== -1;
  };
  const named = new Set(
    HOST_BRIDGE_WHITELIST.flatMap(({ vendor, device }) => {
      if (request.fixed === 'device') return device === undefined || device === request.value ? [vendor] : [];
      if (vendor !== request.value) return [];
      return device === undefined ? ALL_IDS : [device];
    }),
  );
  const other = ALL_IDS.find((id) => !named.has(id));
  const otherAllowed = other !== undefined && allows(other);
  const allowed = ALL_IDS.filter((id) => (named.has(id) ? allows(id) : otherAllowed));
  return {
    provider: formatBdf(request.provider),
    client: formatBdf(request.client),
    fixed: request.fixed,
    value: hexText(request.value).padStart(4, '0'),
    allowed: allowed.slice(0, 64).map((id) => hexText(id).padStart(4, '0')),
    allowed_count: allowed.length,
  };
}

const ALL_IDS: readonly number[] = Array.from({ length: 0x10000 }, (_, id) => id);
