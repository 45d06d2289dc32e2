/** The model's answers to `map` and `free`. */
import { type Iova, type PhysAddr, u64 } from '../src/base/index.ts';
import type { DmaDevice } from '../src/dma/index.ts';
import { freeSgt, type PhysVecToSgtOutcome, physVecToSgt, type SgtMapping } from '../src/dma-buf/index.ts';
import { pcimP2pdmaProvider } from '../src/p2pdma/index.ts';
import type { PciFunction } from '../src/pci/index.ts';
import { PhysVecArray, type SgTable } from '../src/scatterlist/index.ts';
import {
  ERRNO,
  formatBdf,
  type KernelWarn,
  type MapType,
  PCI_P2PDMA_MAP_BUS_ADDR,
  PCI_P2PDMA_MAP_NOT_SUPPORTED,
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE,
} from '../src/uapi/index.ts';
import { barFields, groupAndDomain } from './function-fields.ts';
import { hexText } from './hex.ts';
import type { ModelledMachine } from './modelled-machine.ts';
import type { Answer } from './recording.ts';
import type { MapRequest } from './request.ts';

/** Ranges, and runs of `translates`, are written out up to this many. */
const LISTED = 64;
/** Longer tables are written as runs. */
const LISTED_ENTRIES = 1000;
const PAGE = 0x1000n;

const MAP_TYPE_NUMBERS: Readonly<Record<MapType, number>> = {
  PCI_P2PDMA_MAP_NOT_SUPPORTED,
  PCI_P2PDMA_MAP_BUS_ADDR,
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE,
};

/** Maps, and frees again unless a slot keeps the mapping. */
export function answerMap(machine: ModelledMachine, request: MapRequest): Answer {
  const provider = machine.function(request.provider);
  const importer = machine.function(request.importer);
  const { bar, keep, dir } = request;
  const head = {
    provider: formatBdf(request.provider),
    ...roleFields(machine, 'provider', provider),
    importer: formatBdf(request.importer),
    ...roleFields(machine, 'importer', importer),
    bar,
    ...barFields(provider, bar),
  };
  const own = pcimP2pdmaProvider(provider, bar);
  if (own === undefined) return { ...head, error: 'no provider' };
  const busOffset = u64(own.busOffset + request.busOffset);
  const ranges = requestedRanges(request, own.resource.cpu.start);
  const size = request.size ?? ranges.totalLength();
  const { distance, mapType } = machine.verdict(provider, importer, request.ids);
  if (mapType === 'unknown') throw new Error('the capture leaves the verdict of this pair open');
  machine.nextMapType = mapType;
  machine.log.rearm();
  machine.log.drain();
  const { kernel, resv } = machine;
  const attachment = { dmabuf: { resv }, dev: machine.device(importer) };
  const outcome = physVecToSgt(kernel, attachment, { ...own, busOffset }, ranges, size, dir);
  const result = outcomeFields(outcome);
  if (outcome.outcome === 'mapped') {
    if (keep >= 0) machine.slots.set(keep, { mapping: outcome.mapping, importer });
    else freeSgt(kernel, attachment, outcome.mapping);
  }
  return {
    ...head,
    bus_offset: hexText(busOffset),
    host_id: request.hostId,
    dir,
    distance,
    map_type: MAP_TYPE_NUMBERS[mapType],
    nr_ranges: ranges.length,
    phys_vec: ranges.length > LISTED ? [] : [...ranges].map(({ paddr, len }) => [hexText(paddr), hexText(len)]),
    size: hexText(size),
    keep,
    peer2peer: 1,
    ...result,
    ...warnFields(machine),
  };
}

/** Frees what a slot keeps. */
export function answerFree(machine: ModelledMachine, slot: number): Answer {
  const kept = machine.slots.get(slot);
  if (kept === undefined) return { slot, error: 'empty slot' };
  machine.slots.delete(slot);
  machine.log.rearm();
  machine.log.drain();
  const attachment = { dmabuf: { resv: machine.resv }, dev: machine.device(kept.importer) };
  freeSgt(machine.kernel, attachment, kept.mapping);
  return { slot, ...warnFields(machine) };
}

function roleFields(machine: ModelledMachine, role: 'provider' | 'importer', fn: PciFunction): Answer {
  const { group, domain } = groupAndDomain(machine, fn);
  const mask = hexText(machine.device(fn).dmaMask ?? 0n);
  return { [`${role}_mask`]: mask, [`${role}_domain`]: domain, [`${role}_group`]: group };
}

function requestedRanges({ ranges }: MapRequest, barStart: bigint): PhysVecArray {
  const pairs = ranges.flatMap(({ inBar, start, len, count, stride }) =>
    Array.from({ length: count }, (_, nth): [bigint, bigint] => {
      return [u64((inBar ? barStart : 0n) + start + BigInt(nth) * stride), len];
    }),
  );
  return PhysVecArray.of(pairs);
}

function outcomeFields(outcome: PhysVecToSgtOutcome): Answer {
  if (outcome.outcome === 'crashed') return { crashed: outcome.at };
  if (outcome.outcome === 'failed') return { errno: -ERRNO[outcome.errno] };
  const { mapping } = outcome;
  const { table, flow, importer } = mapping;
  return {
    errno: 0,
    how: flow === 'bus-addr' ? 'bus' : flow === 'iova' ? 'iova' : 'phys',
    nents: table.nents,
    orig_nents: table.origNents,
    ...entryFields(table),
    page_fields_zero: true,
    translates: translations(mapping, importer),
    ...(flow === 'iova' ? { after_last: afterLast(mapping, importer), x: [] } : {}),
  };
}

function entryFields(table: SgTable): Answer {
  const entries = Array.from({ length: table.nents }, (_, index): [bigint, bigint] => [
    table.dmaAddressBits(index),
    BigInt(table.dmaLen[index] ?? 0),
  ]);
  if (entries.length <= LISTED_ENTRIES) return { sg: entries.map(([at, len]) => [hexText(at), hexText(len)]) };
  return { sg_runs: entryRuns(entries) };
}

/** [address, length, count, stride] of entries of one length that lie equally far apart. */
function entryRuns(entries: readonly (readonly [bigint, bigint])[]): unknown[] {
  const runs: { at: bigint; len: bigint; count: number; stride: bigint; last: bigint }[] = [];
  for (const [at, len] of entries) {
    const run = runs.at(-1);
    const stride = run === undefined ? 0n : u64(at - run.last);
    if (run !== undefined && run.len === len && (run.count === 1 || run.stride === stride)) {
      run.stride = stride;
      run.count++;
      run.last = at;
    } else {
      runs.push({ at, len, count: 1, stride: 0n, last: at });
    }
  }
  return runs.map(({ at, len, count, stride }) => [hexText(at), hexText(len), count, hexText(stride)]);
}

/** [first I/O address, where it leads, last I/O address, where that leads] of the ranges or entries. */
function translations(mapping: SgtMapping, importer: DmaDevice): string[][] {
  if (mapping.flow === 'bus-addr' || importer.domain === undefined) return [];
  return dmaRuns(mapping).map(([at, len]) => {
    const last = u64(at + len - 1n);
    return [hexText(at), hexText(translate(importer, at)), hexText(last), hexText(translate(importer, last))];
  });
}

function dmaRuns({ flow, table, ranges }: SgtMapping): [bigint, bigint][] {
  if (flow === 'direct') {
    const entries = Math.min(table.nents, LISTED);
    return Array.from({ length: entries }, (_, index) => [
      table.dmaAddressBits(index),
      BigInt(table.dmaLen[index] ?? 0),
    ]);
  }
  let next = table.dmaAddressBits(0);
  return Array.from({ length: Math.min(ranges.length, LISTED) }, (_, index) => {
    const { len } = ranges.at(index);
    const at = next;
    next = u64(next + len);
    return [at, len];
  });
}

function afterLast(mapping: SgtMapping, importer: DmaDevice): string {
  const end = u64(mapping.table.dmaAddressBits(0) + mapping.ranges.totalLength());
  return hexText(translate(importer, ((end + PAGE - 1n) / PAGE) * PAGE));
}

function translate(importer: DmaDevice, iova: bigint): PhysAddr {
  return importer.domain?.iovaToPhys(u64(iova) as Iova) ?? (0n as PhysAddr);
}

function warnFields(machine: ModelledMachine): Answer {
  const warns: readonly KernelWarn[] = machine.log.drain().warns;
  return { warns: warns.map((warn) => warn.file), warn_count: warns.length };
}
